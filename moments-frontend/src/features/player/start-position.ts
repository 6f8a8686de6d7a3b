/** Initial position of a video: the time in the URL, or the resume position. */

import { useEffect } from "react";
import { useLocationProperty } from "wouter/use-browser-location";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { parseTimeRange } from "@/lib/media-fragment";
import type { Player } from "@/lib/player";
import { loadPosition } from "./resume-positions";

/** Seek to the time in the URL whenever it changes, else to the resume position. */
export function useStartPosition(player: Player, videoId: string, showHint: (hint: string) => void): void {
  const address = useLocationProperty(() => location.search + location.hash);
  useEffect(() => {
    const [search = "", hash = ""] = address.split("#");
    const range = parseTimeRange(search, hash);
    const resumeAt = range ? null : loadPosition(videoId);
    if (range) player.playRange(range);
    else if (resumeAt !== null) {
      player.seek(resumeAt);
      showHint(t("player.resumedAt", { time: formatTime(resumeAt) }));
    }
  }, [player, videoId, address, showHint]);
}

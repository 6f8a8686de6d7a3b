/** Where a video begins: at the address's time, or where somebody was. */

import { useEffect } from "react";
import { useLocationProperty } from "wouter/use-browser-location";
import { formatTime } from "@/lib/format";
import { parseTimeRange } from "@/lib/media-fragment";
import type { Player } from "@/lib/player";
import { loadPosition } from "./resume-positions";

/** Go where the address says, each time it says something else; else to where the video was left. */
export function useStartPosition(player: Player, videoId: string, tell: (hint: string) => void): void {
  const address = useLocationProperty(() => location.search + location.hash);
  useEffect(() => {
    const [search = "", hash = ""] = address.split("#");
    const range = parseTimeRange(search, hash);
    const left = range ? null : loadPosition(videoId);
    if (range) player.playRange(range);
    else if (left !== null) {
      player.seek(left);
      tell(`Goes on at ${formatTime(left)}`);
    }
  }, [player, videoId, address, tell]);
}

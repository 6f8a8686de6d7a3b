import { useEffect } from "react";
import type { Player } from "@/lib/player";
import { savePosition } from "./resume-positions";

const SAVE_INTERVAL_MS = 5_000;

/** Keep the place while it plays, and when it stops or the page is left. */
export function useResumePosition(video: HTMLVideoElement | null, player: Player, videoId: string): void {
  useEffect(() => {
    if (!video) return;
    let keptAt = Date.now();
    const keep = () => {
      keptAt = Date.now();
      // A part played alone is looked at in passing: it is not where somebody is.
      if (video.readyState > 0 && !player.range) savePosition(videoId, video.currentTime, video.duration);
    };
    const keepNowAndThen = () => {
      if (!video.paused && Date.now() - keptAt >= SAVE_INTERVAL_MS) keep();
    };
    video.addEventListener("timeupdate", keepNowAndThen);
    video.addEventListener("pause", keep);
    video.addEventListener("ended", keep);
    window.addEventListener("pagehide", keep);
    return () => {
      video.removeEventListener("timeupdate", keepNowAndThen);
      video.removeEventListener("pause", keep);
      video.removeEventListener("ended", keep);
      window.removeEventListener("pagehide", keep);
      if (!video.paused) keep();
    };
  }, [video, player, videoId]);
}

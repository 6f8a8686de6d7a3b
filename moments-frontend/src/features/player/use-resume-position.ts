import { useEffect } from "react";
import type { Player } from "@/lib/player";
import { savePosition } from "./resume-positions";

const SAVE_INTERVAL_MS = 5_000;

/** Store the position during playback, on pause and when the page is left. */
export function useResumePosition(video: HTMLVideoElement | null, player: Player, videoId: string): void {
  useEffect(() => {
    if (!video) return;
    let savedAt = Date.now();
    const save = () => {
      savedAt = Date.now();
      // Playing a single range does not change the resume position.
      if (video.readyState > 0 && !player.range) savePosition(videoId, video.currentTime, video.duration);
    };
    const saveAtInterval = () => {
      if (!video.paused && Date.now() - savedAt >= SAVE_INTERVAL_MS) save();
    };
    video.addEventListener("timeupdate", saveAtInterval);
    video.addEventListener("pause", save);
    video.addEventListener("ended", save);
    window.addEventListener("pagehide", save);
    return () => {
      video.removeEventListener("timeupdate", saveAtInterval);
      video.removeEventListener("pause", save);
      video.removeEventListener("ended", save);
      window.removeEventListener("pagehide", save);
      if (!video.paused) save();
    };
  }, [video, player, videoId]);
}

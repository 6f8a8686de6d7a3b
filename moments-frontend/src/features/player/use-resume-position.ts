import { useEffect } from "react";
import { listen } from "@/lib/listen";
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
    const stops = [
      listen(video, { timeupdate: saveAtInterval, pause: save, ended: save }),
      listen(window, { pagehide: save }),
    ];
    return () => {
      for (const stop of stops) stop();
      if (!video.paused) save();
    };
  }, [video, player, videoId]);
}

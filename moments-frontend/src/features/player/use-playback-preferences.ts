import { useEffect } from "react";
import { listen } from "@/lib/listen";
import { getPreferences, updatePreferences } from "./preferences";

/** Apply and store volume and speed. */
export function usePlaybackPreferences(video: HTMLVideoElement | null): void {
  useEffect(() => {
    if (!video) return;
    const { volume, isMuted, speed } = getPreferences();
    video.volume = volume;
    video.muted = isMuted;
    // A reloaded video starts with the default rate.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
    return listen(video, {
      volumechange: () => updatePreferences({ volume: video.volume, isMuted: video.muted }),
      ratechange: () => {
        if (video.readyState === 0) return;
        video.defaultPlaybackRate = video.playbackRate;
        updatePreferences({ speed: video.playbackRate });
      },
    });
  }, [video]);
}

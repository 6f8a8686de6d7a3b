import { useEffect } from "react";
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
    const storeVolume = () => updatePreferences({ volume: video.volume, isMuted: video.muted });
    const storeSpeed = () => {
      if (video.readyState === 0) return;
      video.defaultPlaybackRate = video.playbackRate;
      updatePreferences({ speed: video.playbackRate });
    };
    video.addEventListener("volumechange", storeVolume);
    video.addEventListener("ratechange", storeSpeed);
    return () => {
      video.removeEventListener("volumechange", storeVolume);
      video.removeEventListener("ratechange", storeSpeed);
    };
  }, [video]);
}

import { useEffect } from "react";
import { getPreferences, updatePreferences } from "./preferences";

/** Volume and speed as they were liked, and liked as they are set. */
export function usePlaybackPreferences(video: HTMLVideoElement | null): void {
  useEffect(() => {
    if (!video) return;
    const { volume, isMuted, speed } = getPreferences();
    video.volume = volume;
    video.muted = isMuted;
    // The default is what a video that is loaded anew begins with.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
    const keepVolume = () => updatePreferences({ volume: video.volume, isMuted: video.muted });
    const keepSpeed = () => {
      if (video.readyState === 0) return;
      video.defaultPlaybackRate = video.playbackRate;
      updatePreferences({ speed: video.playbackRate });
    };
    video.addEventListener("volumechange", keepVolume);
    video.addEventListener("ratechange", keepSpeed);
    return () => {
      video.removeEventListener("volumechange", keepVolume);
      video.removeEventListener("ratechange", keepSpeed);
    };
  }, [video]);
}

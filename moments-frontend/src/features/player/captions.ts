/** Caption visibility, stored as a preference. */

import { useLayoutEffect } from "react";
import { listen } from "@/lib/listen";
import { getPreferences, updatePreferences } from "./preferences";

function captionTracks(video: HTMLVideoElement): TextTrack[] {
  return [...video.textTracks].filter(({ kind }) => kind === "captions" || kind === "subtitles");
}

export function areCaptionsShown(video: HTMLVideoElement): boolean {
  return captionTracks(video).some(({ mode }) => mode === "showing");
}

/** Toggle captions; returns the new state, or null if the video has no captions. */
export function toggleCaptions(video: HTMLVideoElement): boolean | null {
  const tracks = captionTracks(video);
  if (tracks.length === 0) return null;
  const isOn = !areCaptionsShown(video);
  for (const [index, track] of tracks.entries()) track.mode = isOn && index === 0 ? "showing" : "disabled";
  updatePreferences({ captions: isOn });
  return isOn;
}

/** Apply the stored caption preference whenever the track at `source` changes. */
export function useCaptions(video: HTMLVideoElement | null, source: string | null): void {
  useLayoutEffect(() => {
    if (!video || source === null) return;
    const show = () => {
      for (const track of captionTracks(video))
        track.mode = getPreferences().captions ? "showing" : "disabled";
    };
    show();
    return listen(video, { loadedmetadata: show }); // reloading resets track modes
  }, [video, source]);
}

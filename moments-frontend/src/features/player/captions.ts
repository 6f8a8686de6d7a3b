/** The video's captions: shown or not, and kept as somebody likes it. */

import { useLayoutEffect } from "react";
import { getPreferences, updatePreferences } from "./preferences";

function captionTracks(video: HTMLVideoElement): TextTrack[] {
  return [...video.textTracks].filter(({ kind }) => kind === "captions" || kind === "subtitles");
}

export function areCaptionsShown(video: HTMLVideoElement): boolean {
  return captionTracks(video).some(({ mode }) => mode === "showing");
}

/** Show them, or hide them where they are shown; null where there are none. */
export function toggleCaptions(video: HTMLVideoElement): boolean | null {
  const tracks = captionTracks(video);
  if (tracks.length === 0) return null;
  const isOn = !areCaptionsShown(video);
  for (const [index, track] of tracks.entries()) track.mode = isOn && index === 0 ? "showing" : "disabled";
  updatePreferences({ captions: isOn });
  return isOn;
}

/** Show them where they were wanted before. `source` is the captions' address: another one is another track. */
export function useCaptions(video: HTMLVideoElement | null, source: string | null): void {
  useLayoutEffect(() => {
    if (!video || source === null) return;
    const show = () => {
      for (const track of captionTracks(video))
        track.mode = getPreferences().captions ? "showing" : "disabled";
    };
    show();
    video.addEventListener("loadedmetadata", show); // a video that is loaded anew may have forgotten
    return () => video.removeEventListener("loadedmetadata", show);
  }, [video, source]);
}

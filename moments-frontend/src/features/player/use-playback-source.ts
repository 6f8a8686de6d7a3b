import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VideoDetail } from "@/api/schema";
import { canPlayOriginal, type Decoders } from "@/lib/codecs";
import { listen } from "@/lib/listen";
import { chooseSource, type PlaybackSource } from "./playback-source";

/** Return the source, and a function to call when this browser fails to decode the original. */
export function usePlaybackSource(video: VideoDetail): [PlaybackSource, () => void] {
  const [isPlayable, setPlayable] = useState<boolean | null>(null);
  const needsAnswer = video.playback.source === "copy" && isPlayable === null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the file of an id does not change
  useEffect(() => {
    if (!needsAnswer) return;
    let isCurrent = true;
    // A failure of the original may come before the answer, and counts more.
    const answer = (can: boolean) => isCurrent && setPlayable((before) => before ?? can);
    void canPlayOriginal(video, browserDecoders()).then(answer);
    return () => {
      isCurrent = false;
    };
  }, [needsAnswer, video.id]);
  const rejectOriginal = useCallback(() => setPlayable(false), []);
  return [chooseSource(video, isPlayable), rejectOriginal];
}

function browserDecoders(): Decoders {
  const element = document.createElement("video");
  return {
    canPlayType: (type) => element.canPlayType(type),
    decodingInfo: navigator.mediaCapabilities?.decodingInfo.bind(navigator.mediaCapabilities),
  };
}

/** Keep the position when the source changes, and start a copy that the user has waited for. */
export function useSourceChanges(element: HTMLVideoElement | null, source: PlaybackSource): void {
  const seconds = useRef(0);
  const isPlaying = useRef(false);
  useEffect(() => {
    if (!element) return;
    const store = () => {
      if (element.readyState > 0) seconds.current = element.currentTime;
    };
    return listen(element, {
      timeupdate: store,
      seeking: store,
      play: () => {
        isPlaying.current = true;
      },
      pause: () => {
        if (!element.error) isPlaying.current = false; // browsers pause a video that fails
      },
    });
  }, [element]);

  const url = source.kind === "playable" ? source.url : null;
  const isWaiting = source.kind === "waiting";
  const hasWaited = useRef(false);
  const previousUrl = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (!element) return;
    if (isWaiting) {
      hasWaited.current = true;
      if (element.networkState !== HTMLMediaElement.NETWORK_EMPTY) element.load(); // unloads the original
      return;
    }
    if (url === null || url === previousUrl.current) return;
    const shouldPlay = hasWaited.current || (previousUrl.current !== null && isPlaying.current);
    previousUrl.current = url;
    hasWaited.current = false;
    // Without metadata, both a seek and this assignment set the position at which playback starts.
    if (element.currentTime === 0 && seconds.current > 0) element.currentTime = seconds.current;
    if (shouldPlay) element.play().catch(() => undefined); // browsers may require a user gesture
  }, [element, url, isWaiting]);
}

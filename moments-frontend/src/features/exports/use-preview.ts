import { useCallback, useEffect, useState } from "react";
import { listen } from "@/lib/listen";
import type { ExportPart } from "./dialog-store";

/** Interval at which captions follow the playback. */
const TICK_MS = 100;
/** The still is taken this long after the start, as the first frame is often that of a cut. */
const STILL_SECONDS = 2;

/** Return the time of the still of a part in seconds. */
export function stillTime({ start, end }: Pick<ExportPart, "start" | "end">): number {
  return start + Math.min(STILL_SECONDS, (end - start) / 2);
}

export interface Preview {
  /** Attaches the video element. */
  attach: (element: HTMLVideoElement | null) => void;
  element: HTMLVideoElement | null;
  /** Aspect ratio of the video as displayed; null until its metadata is loaded. */
  ratio: number | null;
  time: number;
  isPlaying: boolean;
  /** The browser cannot decode the file. */
  isFailed: boolean;
  toggle: () => void;
}

/** Show a still of a part, and play it in a loop on request. */
export function usePreview({ start, end }: Pick<ExportPart, "start" | "end">): Preview {
  const [element, attach] = useState<HTMLVideoElement | null>(null);
  const [ratio, setRatio] = useState<number | null>(null);
  const [time, setTime] = useState(() => stillTime({ start, end }));
  const [isPlaying, setPlaying] = useState(false);
  const [isFailed, setFailed] = useState(false);

  useEffect(() => {
    if (!element) return;
    const readRatio = () => {
      if (element.videoHeight > 0) setRatio(element.videoWidth / element.videoHeight);
    };
    readRatio();
    return listen(element, {
      loadedmetadata: readRatio,
      play: () => setPlaying(true),
      pause: () => setPlaying(false),
      error: () => setFailed(true),
    });
  }, [element]);

  useEffect(() => {
    const still = stillTime({ start, end });
    setTime(still);
    if (!element) return;
    element.pause();
    element.currentTime = still; // before the metadata is loaded, this is the position of the first frame
  }, [element, start, end]);

  useEffect(() => {
    if (!element || !isPlaying) return;
    const timer = setInterval(() => {
      if (element.currentTime >= end) element.currentTime = start;
      setTime(element.currentTime);
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [element, isPlaying, start, end]);

  const toggle = useCallback(() => {
    if (!element) return;
    if (!element.paused) {
      element.pause();
      return;
    }
    if (element.currentTime === stillTime({ start, end })) element.currentTime = start;
    element.play().catch(() => undefined); // browsers may require a user gesture
  }, [element, start, end]);
  return { attach, element, ratio, time, isPlaying, isFailed, toggle };
}

import { useEffect, useRef, useState } from "react";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { readStored, writeStored } from "@/lib/storage";
import type { TrimHandle, TrimRange } from "./trim";

/** Length of the part that is repeated before the end. */
export const END_SECONDS = 3;
/** Time without a change after which playback starts, so that held keys do not start it again and again. */
const SETTLE_MS = 200;
const STORAGE_KEY = "trim-preview";

/** Return the part of a range before its end. */
export function lastSeconds({ start, end }: TrimRange): TrimRange {
  return { start: Math.max(start, end - END_SECONDS), end };
}

/** Repeats the trimmed range: all of it from a new start, and the last seconds before a new end. */
export function useLoopPreview() {
  const player = usePlayer();
  const [isOn, setOn] = useState(() => readStored(STORAGE_KEY) !== "off");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(
    () => () => {
      clearTimeout(timer.current);
      player.stopLoop();
    },
    [player],
  );
  const start = usePlayerValue(({ isLooping, isPaused, range }) =>
    isLooping && !isPaused ? (range?.start ?? null) : null,
  );
  function play(range: TrimRange) {
    clearTimeout(timer.current);
    player.playRange(range, { isLooping: true });
  }
  function stop() {
    clearTimeout(timer.current);
    player.stopLoop();
  }
  return {
    /** Changes are played. */
    isOn,
    setOn: (isOn: boolean) => {
      setOn(isOn);
      writeStored(STORAGE_KEY, isOn ? null : "off");
      if (!isOn) stop();
    },
    /** Start of the part that is playing; null if none is. */
    start,
    play,
    /** Play the part at a handle when it has stopped moving. */
    playSoon: (handle: TrimHandle, range: TrimRange) => {
      clearTimeout(timer.current);
      timer.current = setTimeout(() => play(handle === "start" ? range : lastSeconds(range)), SETTLE_MS);
    },
    stop,
  };
}

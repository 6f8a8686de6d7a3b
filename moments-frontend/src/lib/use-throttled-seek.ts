import { useCallback, useEffect, useRef } from "react";
import { usePlayer } from "./player";

/** Approximate time a browser needs to show a frame after a seek. */
const INTERVAL_MS = 100;

/** Seek at most every `INTERVAL_MS`; the last position is always shown. */
export function useThrottledSeek(): (seconds: number) => void {
  const player = usePlayer();
  const wanted = useRef<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(
    (seconds) => {
      player.video?.pause();
      wanted.current = seconds;
      if (timer.current !== undefined) return;
      const show = () => {
        timer.current = undefined;
        if (wanted.current === null) return;
        player.seek(wanted.current);
        wanted.current = null;
        timer.current = setTimeout(show, INTERVAL_MS);
      };
      show();
    },
    [player],
  );
}

import { useCallback, useEffect, useRef } from "react";
import { usePlayer } from "@/lib/player";

/** A browser needs about so long to show another picture. */
const INTERVAL_MS = 100;

/** Shows the picture at a time that changes fast: the newest one now and then, and the last one always. */
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

import { useCallback, useState } from "react";
import styles from "./VideoPlayer.module.css";

export interface HintMessage {
  text: string;
  /** Changes with every hint, so that a repeated text is shown again. */
  count: number;
}

export function useHint() {
  const [hint, setHint] = useState<HintMessage | null>(null);
  const show = useCallback(
    (text: string) => setHint((before) => ({ text, count: (before?.count ?? 0) + 1 })),
    [],
  );
  return { hint, show };
}

/** Briefly shows the effect of a shortcut over the video. */
export function Hint({ hint }: { hint: HintMessage | null }) {
  return (
    <div role="status" aria-live="polite" className={styles.hints}>
      {hint && (
        <span key={hint.count} className={styles.hint}>
          {hint.text}
        </span>
      )}
    </div>
  );
}

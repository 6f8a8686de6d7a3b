import { useCallback, useState } from "react";
import styles from "./VideoPlayer.module.css";

export interface HintMessage {
  text: string;
  /** Each time another, so that the same words show again. */
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

/** Says for a moment, over the picture, what a key has done. */
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

import { Fragment } from "react";
import type { Word } from "@/api/schema";
import { cx } from "@/ui/cx";
import styles from "./TrimEditor.module.css";
import { type TrimHandle, type TrimRange, wordsAround } from "./trim";

interface TrimTranscriptProps {
  words: readonly Word[];
  edges: TrimRange;
  /** The edge that was moved last. */
  active: TrimHandle;
  onPick: (seconds: number) => void;
}

const COUNT = 7;

/** What is said on the two sides of an edge. A press on a word makes the moment begin, or end, with it. */
export function TrimTranscript({ words, edges, active, onPick }: TrimTranscriptProps) {
  if (words.length === 0) return null;
  const { before, after } = wordsAround(words, edges[active], COUNT);
  const list = (side: readonly Word[], isInside: boolean) =>
    side.map((word) => (
      // The keyboard has the slider for this, which is nearer than so many stops.
      <Fragment key={`${word.start} ${word.end} ${word.word}`}>
        <button
          type="button"
          tabIndex={-1}
          className={cx(styles.word, isInside && styles.spoken)}
          onClick={() => onPick(word[active])}
        >
          {word.word}
        </button>{" "}
      </Fragment>
    ));
  return (
    <div className={styles.said}>
      <span className={styles.saidLabel}>{active === "start" ? "Begins" : "Ends"}</span>
      <p>
        {list(before, active === "end")}
        <span aria-hidden className={styles.cut} />
        {list(after, active === "start")}
      </p>
    </div>
  );
}

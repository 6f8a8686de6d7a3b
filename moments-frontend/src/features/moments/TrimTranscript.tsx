import { Fragment } from "react";
import type { Word } from "@/api/schema";
import { t } from "@/i18n";
import { cx } from "@/ui/cx";
import styles from "./TrimEditor.module.css";
import { type TrimHandle, type TrimRange, wordsAround } from "./trim";

interface TrimTranscriptProps {
  words: readonly Word[];
  range: TrimRange;
  /** The handle moved last. */
  active: TrimHandle;
  onPick: (seconds: number) => void;
}

const COUNT = 7;

/** Words around a trim handle; selecting a word moves the handle to it. */
export function TrimTranscript({ words, range, active, onPick }: TrimTranscriptProps) {
  if (words.length === 0) return null;
  const { before, after } = wordsAround(words, range[active], COUNT);
  const list = (side: readonly Word[], isInside: boolean) =>
    side.map((word) => (
      // Not in the tab order: keyboard users move the slider instead.
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
    <div className={styles.context}>
      <span className={styles.contextLabel}>
        {active === "start" ? t("moments.startsWith") : t("moments.endsWith")}
      </span>
      <p>
        {list(before, active === "end")}
        <span aria-hidden className={styles.cut} />
        {list(after, active === "start")}
      </p>
    </div>
  );
}

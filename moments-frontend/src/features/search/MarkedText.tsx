import type { SearchHit } from "@/api/search";
import { splitByRanges, toUtf16Ranges } from "@/lib/text-ranges";
import styles from "./Results.module.css";

/** A hit's text with its matches marked. */
export function MarkedText({ hit: { text, highlights } }: { hit: Pick<SearchHit, "text" | "highlights"> }) {
  return splitByRanges(text, toUtf16Ranges(text, highlights)).map(({ text: part, isMarked }, index) =>
    isMarked ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of a text are identified by their position
      <mark key={index} className={styles.mark}>
        {part}
      </mark>
    ) : (
      part
    ),
  );
}

import { BookmarkPlus, X } from "lucide-react";
import { t } from "@/i18n";
import { formatPreciseDuration, formatPreciseTime } from "@/lib/format";
import { Button, IconButton } from "@/ui/Button";
import styles from "./Transcript.module.css";
import type { WordSelectionState } from "./use-word-selection";
import type { SelectedWords } from "./word-selection";

interface WordSelectionBarProps {
  selected: SelectedWords;
  words: WordSelectionState;
}

/** Times of the selected words, and the action for them. */
export function WordSelectionBar({ selected, words }: WordSelectionBarProps) {
  const { start, end, count } = selected;
  return (
    <section aria-label={t("transcript.selectedWords")} className={styles.selection}>
      <p role="status" className={styles.selectionText}>
        <span>
          {formatPreciseTime(start)}–{formatPreciseTime(end)}
        </span>
        <span className={styles.hint}>
          {t("common.wordCount", { count })}, {formatPreciseDuration(end - start)}
        </span>
      </p>
      <Button
        size="s"
        variant="primary"
        icon={<BookmarkPlus aria-hidden />}
        aria-keyshortcuts="Shift+Enter"
        onPress={words.create}
      >
        {t("transcript.createMoment")}
      </Button>
      <IconButton
        label={t("transcript.clearSelection")}
        shortcut="Esc"
        size="s"
        icon={<X />}
        onPress={words.clear}
      />
    </section>
  );
}

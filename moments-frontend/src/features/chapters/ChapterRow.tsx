import { Pencil, Trash2 } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import type { Chapter } from "@/api/chapters";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import styles from "./Chapters.module.css";

interface ChapterRowProps {
  chapter: Chapter;
  onEdit: () => void;
  onDelete: () => void;
}

/** A chapter with its actions; pressing it seeks to its start. */
export function ChapterRow({ chapter, onEdit, onDelete }: ChapterRowProps) {
  const player = usePlayer();
  const isCurrent = usePlayerValue(
    ({ time, isPaused }) => (time > 0 || !isPaused) && chapter.start_time <= time && time < chapter.end_time,
  );
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isCurrent && row.current) scrollIntoList(row.current);
  }, [isCurrent]);
  return (
    <li
      ref={row}
      data-chapter={chapter.start_time}
      aria-current={isCurrent || undefined}
      className={cx(styles.row, isCurrent && styles.current)}
    >
      <AriaButton className={styles.seek ?? ""} onPress={() => player.seek(chapter.start_time)}>
        <span className={styles.time}>{formatTime(chapter.start_time)}</span>
        <span className={styles.title}>{chapter.title}</span>
      </AriaButton>
      <div className={styles.actions}>
        <IconButton
          data-part="edit"
          label={t("chapters.editTitle", { title: chapter.title })}
          size="s"
          icon={<Pencil />}
          onPress={onEdit}
        />
        <IconButton
          label={t("chapters.deleteTitle", { title: chapter.title })}
          size="s"
          icon={<Trash2 />}
          onPress={onDelete}
        />
      </div>
    </li>
  );
}

/** Scroll the row into view unless the user interacts with the list. */
function scrollIntoList(row: HTMLElement): void {
  const scroller = row.closest<HTMLElement>("[data-scrolls]");
  if (!scroller || scroller.matches(":hover, :focus-within")) return;
  const [inner, outer] = [row.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (inner.top < outer.top || inner.bottom > outer.bottom)
    scroller.scrollBy({ top: inner.top - outer.top - 12 });
}

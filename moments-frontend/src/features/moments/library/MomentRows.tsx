import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { LibraryMoment } from "@/api/moments";
import { t } from "@/i18n";
import type { ListSelection } from "@/lib/use-selection";
import { MomentRow } from "./MomentRow";
import styles from "./MomentRows.module.css";

/** A moment with a key that is unique in the library. */
export interface LibraryItem {
  id: string;
  moment: LibraryMoment;
}

interface MomentRowsProps {
  items: readonly LibraryItem[];
  /** Number of moments on all pages. */
  total: number;
  /** Loads the next page; null if there is none or it is being loaded. */
  onMore: (() => void) | null;
  onPlay: (index: number) => void;
  selection: ListSelection<LibraryItem>;
  momentActions: ((moment: LibraryMoment) => ReactNode) | undefined;
}

const ESTIMATED_ROW_HEIGHT = 128;
const ESTIMATED_ROW_HEIGHT_PHONE = 220;
/** Rows from the end at which the next page is requested. */
const AHEAD = 10;

/** A virtual list: only visible rows are in the document. */
export function MomentRows({ items, total, onMore, onPlay, selection, momentActions }: MomentRowsProps) {
  const { list, rows, top } = useRows(items);
  const visible = rows.getVirtualItems();
  const end = (visible.at(-1)?.index ?? 0) + AHEAD;
  useEffect(() => {
    if (end >= items.length) onMore?.();
  }, [end, items.length, onMore]);
  return (
    // biome-ignore lint/a11y/useSemanticElements: the list is virtualised and absolutely positioned
    <div
      ref={list}
      role="list"
      aria-label={t("common.moments")}
      className={styles.list}
      style={{ height: rows.getTotalSize() }}
    >
      {visible.map(({ index, start }) => {
        const item = items[index];
        return (
          item && (
            // biome-ignore lint/a11y/useSemanticElements: see the list
            <div
              key={item.id}
              ref={rows.measureElement}
              role="listitem"
              aria-setsize={total}
              aria-posinset={index + 1}
              data-index={index}
              className={styles.item}
              style={{ transform: `translateY(${start - top}px)` }}
            >
              <MomentRow
                moment={item.moment}
                isSelected={selection.isActive ? selection.items.has(item.id) : null}
                onSelect={(isRange) => selection.press(item, isRange)}
                onPlay={() => onPlay(index)}
                actions={momentActions?.(item.moment)}
              />
            </div>
          )
        );
      })}
    </div>
  );
}

/** Virtual rows of different heights below the page's header. */
function useRows(items: readonly LibraryItem[]) {
  const list = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const rows = useWindowVirtualizer({
    count: items.length,
    estimateSize: () => (window.innerWidth <= 640 ? ESTIMATED_ROW_HEIGHT_PHONE : ESTIMATED_ROW_HEIGHT),
    getItemKey: (index) => items[index]?.id ?? index,
    overscan: 3,
    scrollMargin: top,
  });
  useLayoutEffect(() => {
    const measure = () => {
      if (list.current) setTop(list.current.getBoundingClientRect().top + window.scrollY);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  return { list, rows, top };
}

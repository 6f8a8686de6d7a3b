import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import type { ListSelection } from "@/lib/use-selection";
import { Boundary } from "@/ui/Boundary";
import { GAP, gridLayout, nextIndex } from "./grid-layout";
import { CardPlaceholder, VideoCard } from "./VideoCard";
import styles from "./VideoGrid.module.css";

/** Rows rendered above and below the visible ones, so that slow scrolling shows no empty rows. */
const OVERSCAN = 1;

interface VideoGridProps {
  videos: readonly VideoSummary[];
  /** Number of videos on all pages. */
  total: number;
  /** Loads the next page; null if there is none or it is being loaded. */
  onMore: (() => void) | null;
  /** Called when the pointer or the focus rests on a card. */
  onHover: (videoId: string) => void;
  onFavorite: (video: VideoSummary) => void;
  selection: GridSelection;
  renderMenu: (menu: OpenMenu) => ReactNode;
}

/** The selection mode as the cards show it. */
export type GridSelection = Pick<ListSelection<VideoSummary>, "isActive" | "isSelected" | "press">;

export interface OpenMenu {
  video: VideoSummary;
  /** The card's button. */
  anchor: HTMLElement;
  onClose: () => void;
}

/** A virtual grid: only visible rows are in the document. */
export function VideoGrid(props: VideoGridProps) {
  const { videos, total, onMore, onHover, onFavorite, selection, renderMenu } = props;
  const { list, rows, columns, top } = useRows(total);
  const [menu, setMenu] = useState<Omit<OpenMenu, "onClose"> | null>(null);
  const openMenu = useCallback((video: VideoSummary, anchor: HTMLElement) => setMenu({ video, anchor }), []);
  const visible = rows.getVirtualItems();
  const end = ((visible.at(-1)?.index ?? 0) + 2) * columns;
  useEffect(() => {
    if (end >= videos.length) onMore?.();
  }, [end, videos.length, onMore]);

  function moveFocus(event: KeyboardEvent) {
    const from = (event.target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
    const next = from === undefined ? null : nextIndex(event.key, Number(from), columns, videos.length);
    if (next === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    rows.scrollToIndex(Math.floor(next / columns));
    focusCard(list.current, next);
  }
  function renderCard(index: number) {
    const video = videos[index];
    if (!video) return <CardPlaceholder key={index} />;
    const isSelected = selection.isActive ? selection.isSelected(video.id) : null;
    const card = { video, index, total, onHover, onFavorite, isSelected };
    return <VideoCard key={video.id} {...card} onMenu={openMenu} onSelect={selection.press} />;
  }

  const gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
  return (
    // biome-ignore lint/a11y/useSemanticElements: list items are inside rows
    <div
      ref={list}
      role="list"
      aria-label={t("library.videos")}
      className={styles.grid}
      style={{ height: rows.getTotalSize() }}
      onKeyDown={moveFocus}
    >
      {visible.map(({ key, index: row, start }) => (
        <div
          key={key}
          role="presentation"
          className={styles.row}
          style={{ gap: GAP, gridTemplateColumns, transform: `translateY(${start - top}px)` }}
        >
          {Array.from({ length: Math.min(columns, total - row * columns) }, (_, column) =>
            renderCard(row * columns + column),
          )}
        </div>
      ))}
      {menu && (
        <Boundary place="dialog" onClose={() => setMenu(null)}>
          {renderMenu({ ...menu, onClose: () => setMenu(null) })}
        </Boundary>
      )}
    </div>
  );
}

/** Focus a card now, and again after its row has been rendered. */
function focusCard(list: HTMLElement | null, index: number): void {
  const focus = () => list?.querySelector<HTMLElement>(`[data-index="${index}"] :is(a, input)`)?.focus();
  focus();
  requestAnimationFrame(focus);
}

/** Virtual rows that fit the width of the list. */
function useRows(total: number) {
  const list = useRef<HTMLDivElement>(null);
  const [box, setBox] = useState(estimateBox);
  const { columns, rowHeight } = gridLayout(box.width);
  const rows = useWindowVirtualizer({
    count: Math.ceil(total / columns),
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: box.top,
  });
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const { width, top } = element.getBoundingClientRect();
      const next = { width, top: top + window.scrollY };
      setBox((before) => (before.width === next.width && before.top === next.top ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the row height changes with the layout
  useLayoutEffect(() => rows.measure(), [rowHeight]);
  return { list, rows, columns, top: box.top };
}

/** Estimate the grid's box before it is measured, which avoids a second render on most screens. */
function estimateBox(): { width: number; top: number } {
  const padding = window.innerWidth <= 640 ? 24 : 48;
  return { width: Math.min(document.documentElement.clientWidth, 1792) - padding, top: 160 };
}

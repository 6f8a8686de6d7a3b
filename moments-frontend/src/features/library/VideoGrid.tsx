import { useWindowVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { VideoSummary } from "@/api/schema";
import { GAP, layoutOf, neighbour } from "./layout";
import { CardPlace, VideoCard } from "./VideoCard";
import styles from "./VideoGrid.module.css";

const CardMenu = lazy(async () => ({ default: (await import("./CardMenu")).CardMenu }));

/** Rows beside those that are seen, so that a slow scroll shows no empty places. */
const OVERSCAN = 1;

interface VideoGridProps {
  videos: readonly VideoSummary[];
  /** How many there are in all; the rest comes when it is about to be seen. */
  total: number;
  /** Asked for more, and can be asked again. */
  onMore: (() => void) | null;
}

/** The grid as a list of rows, of which only those in sight are in the document. */
export function VideoGrid({ videos, total, onMore }: VideoGridProps) {
  const list = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState(guess);
  const [menu, setMenu] = useState<{ video: VideoSummary; at: HTMLElement } | null>(null);
  const openMenu = useCallback((video: VideoSummary, at: HTMLElement) => setMenu({ video, at }), []);
  const { columns, rowHeight } = layoutOf(place.width);
  const rows = useWindowVirtualizer({
    count: Math.ceil(total / columns),
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: place.top,
  });

  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    const measure = () => {
      const { width, top } = element.getBoundingClientRect();
      const next = { width, top: top + window.scrollY };
      setPlace((before) => (before.width === next.width && before.top === next.top ? before : next));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: rows have another height in another layout
  useLayoutEffect(() => rows.measure(), [rowHeight]);

  const shown = rows.getVirtualItems();
  const end = ((shown.at(-1)?.index ?? 0) + 2) * columns;
  useEffect(() => {
    if (end >= videos.length) onMore?.();
  }, [end, videos.length, onMore]);

  const move = (event: KeyboardEvent) => {
    const at = (event.target as Element).closest<HTMLElement>("[data-index]")?.dataset.index;
    const next = at === undefined ? null : neighbour(event.key, Number(at), columns, videos.length);
    if (next === null || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    rows.scrollToIndex(Math.floor(next / columns));
    const focus = () => list.current?.querySelector<HTMLElement>(`[data-index="${next}"] a`)?.focus();
    focus();
    requestAnimationFrame(focus); // a row that was not there before
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: its items stand in rows
    <div
      ref={list}
      role="list"
      aria-label="Videos"
      className={styles.grid}
      style={{ height: rows.getTotalSize() }}
      onKeyDown={move}
    >
      {shown.map((row) => (
        <div
          key={row.key}
          role="presentation"
          className={styles.row}
          style={{
            gap: GAP,
            gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
            transform: `translateY(${row.start - place.top}px)`,
          }}
        >
          {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
            const index = row.index * columns + column;
            const video = videos[index];
            if (!video) return <CardPlace key={index} />;
            return <VideoCard key={video.id} video={video} index={index} total={total} onMenu={openMenu} />;
          })}
        </div>
      ))}
      {menu && (
        <Suspense fallback={null}>
          <CardMenu {...menu} onClose={() => setMenu(null)} />
        </Suspense>
      )}
    </div>
  );
}

/** Before anything is measured: right on most screens, and soon mended on others. */
function guess(): { width: number; top: number } {
  const padding = window.innerWidth <= 640 ? 24 : 48;
  return { width: Math.min(document.documentElement.clientWidth, 1792) - padding, top: 160 };
}

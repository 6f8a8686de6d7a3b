import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";

const ESTIMATED_ROW_HEIGHT = 52;

interface SegmentListOptions {
  /** Number of rows. */
  count: number;
  /** The current row. */
  current: number;
  /** Rows that stay rendered while they are scrolled out of sight. */
  pinned: readonly number[];
  /** Do not scroll to the current row. */
  isHeld: boolean;
}

/** Virtual list of rows that follows the current one until the user scrolls. */
export function useSegmentList({ count, current, pinned, isHeld }: SegmentListOptions) {
  const { scroller, virtualizer, reveal } = useVirtualRows(count, pinned);
  const [isFollowing, setFollowing] = useState(true);
  const follows = isFollowing && !isHeld;
  useEffect(() => {
    if (follows && current >= 0) reveal(current);
  }, [follows, current, reveal]);

  // Roving tabindex: Tab reaches one row, arrow keys move between rows.
  const [focusable, setFocusable] = useState<number | null>(null);
  const tabStop = Math.min(focusable ?? Math.max(0, current), Math.max(0, count - 1));

  /** Focus a row without scrolling more than needed. */
  function focus(index: number) {
    setFocusable(index);
    virtualizer.scrollToIndex(index);
    // The virtualised row may have to be rendered first.
    requestAnimationFrame(() =>
      scroller.current
        ?.querySelector<HTMLElement>(`[data-index="${index}"] :is(textarea, button)`)
        ?.focus({ preventScroll: true }),
    );
  }
  function moveFocus(event: KeyboardEvent) {
    const height = scroller.current?.clientHeight ?? 0;
    const target = focusTarget(event.key, tabStop, count, height);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setFollowing(false);
    focus(target);
  }
  return {
    scroller,
    virtualizer,
    isFollowing,
    tabStop,
    moveFocus,
    focus,
    stopFollowing: () => setFollowing(false),
    /** Make Tab reach a row, and scroll to it if it is out of sight. */
    select: (index: number) => {
      setFocusable(index);
      virtualizer.scrollToIndex(index);
    },
    /** Follow the current row again; Tab reaches `index`, or the current row. */
    follow: (index: number | null = null) => {
      setFocusable(index);
      setFollowing(true);
    },
    show: (index: number) => {
      setFollowing(false);
      setFocusable(index);
      reveal(index);
    },
  };
}

export type SegmentListState = ReturnType<typeof useSegmentList>;

/** Return the virtual list, the ref of its panel, and a function that scrolls to a row. */
function useVirtualRows(count: number, pinned: readonly number[]) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => index,
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), ...pinned.filter((row) => row < count)])].sort(
        (one, other) => one - other,
      ),
  });
  /** Scroll only the panel, so that the row is centred. */
  const reveal = useCallback(
    (index: number) => {
      const [top] = virtualizer.getOffsetForIndex(index, "center") ?? [];
      if (top !== undefined)
        scroller.current?.scrollTo({ top, behavior: scrollBehaviour(scroller.current, top) });
    },
    [virtualizer],
  );
  return { scroller, virtualizer, reveal };
}

/** Return the row that a key moves the focus to; null for other keys. */
function focusTarget(key: string, index: number, count: number, height: number): number | null {
  const page = Math.max(1, Math.floor(height / ESTIMATED_ROW_HEIGHT) - 1);
  const targets: Record<string, number> = {
    ArrowDown: index + 1,
    ArrowUp: index - 1,
    PageDown: index + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  };
  const target = targets[key];
  return target === undefined ? null : Math.min(count - 1, Math.max(0, target));
}

/** Scroll smoothly over short distances, instantly over long ones. */
function scrollBehaviour({ scrollTop, clientHeight }: HTMLElement, top: number): ScrollBehavior {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return isStill || Math.abs(scrollTop - top) > clientHeight ? "instant" : "smooth";
}

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from "react";

const ESTIMATED_ROW_HEIGHT = 52;

/** Virtual list of segments that follows the current one until the user scrolls. */
export function useSegmentList(count: number, current: number) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => index,
  });
  /** Scroll only the panel, so that the segment is centred. */
  const reveal = useCallback(
    (index: number) => {
      const [top] = virtualizer.getOffsetForIndex(index, "center") ?? [];
      if (top !== undefined)
        scroller.current?.scrollTo({ top, behavior: scrollBehaviour(scroller.current, top) });
    },
    [virtualizer],
  );

  const [isFollowing, setFollowing] = useState(true);
  useEffect(() => {
    if (isFollowing && current >= 0) reveal(current);
  }, [isFollowing, current, reveal]);

  // Roving tabindex: Tab reaches one segment, arrow keys move between segments.
  const [focusable, setFocusable] = useState<number | null>(null);
  const tabStop = focusable ?? Math.max(0, current);

  function moveFocus(event: KeyboardEvent) {
    const height = scroller.current?.clientHeight ?? 0;
    const target = focusTarget(event.key, tabStop, count, height);
    if (target === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    setFollowing(false);
    setFocusable(target);
    virtualizer.scrollToIndex(target);
    // The virtualised row may have to be rendered first.
    requestAnimationFrame(() =>
      scroller.current?.querySelector<HTMLElement>(`[data-index="${target}"] button`)?.focus(),
    );
  }
  return {
    scroller,
    virtualizer,
    isFollowing,
    tabStop,
    moveFocus,
    stopFollowing: () => setFollowing(false),
    /** Follow the current segment again; Tab reaches `index`, or the current segment. */
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

/** Return the segment that a key moves the focus to; null for other keys. */
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

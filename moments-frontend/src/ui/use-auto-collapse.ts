import { type RefObject, useEffect, useEffectEvent, useRef } from "react";
import { usePathname } from "wouter/use-browser-location";

/** Time to read the result before a panel collapses. */
const COLLAPSE_MS = 20_000;
const RECHECK_MS = 2_000;

interface AutoCollapseOptions {
  isOpen: boolean;
  /** True if nothing in the panel is in progress. */
  isIdle: boolean;
  collapse: () => void;
}

/** Collapse a panel that covers the page: when nothing is in progress any more, and when another page opens.
 *
 * A panel that was opened by hand while nothing was in progress stays open on its page. */
export function useAutoCollapse(
  panel: RefObject<HTMLElement | null>,
  { isOpen, isIdle, collapse }: AutoCollapseOptions,
): void {
  const path = usePathname();
  const collapseNow = useEffectEvent(collapse);
  const shownOn = useRef(path);
  useEffect(() => {
    if (shownOn.current === path) return;
    shownOn.current = path;
    collapseNow();
  }, [path]);
  const wasBusy = useRef(false);
  useEffect(() => {
    if (!isIdle) wasBusy.current = true;
    if (!isIdle || !isOpen || !wasBusy.current) return;
    let timer: ReturnType<typeof setTimeout>;
    const check = () => {
      // Pointer or focus in the panel: it is being read or used.
      if (panel.current?.matches(":hover, :focus-within")) timer = setTimeout(check, RECHECK_MS);
      else {
        wasBusy.current = false;
        collapseNow();
      }
    };
    timer = setTimeout(check, COLLAPSE_MS);
    return () => clearTimeout(timer);
  }, [isIdle, isOpen, panel]);
}

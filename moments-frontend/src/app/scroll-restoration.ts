/** Restores the scroll position on back and forward; other navigation starts at the top. */

import { useLayoutEffect } from "react";
import { usePathname } from "wouter/use-browser-location";

const positions = new Map<string, number>();
let isHistoryNavigation = false;

const currentUrl = () => location.pathname + location.search;

/** Start recording scroll positions. Call before the router starts: its `popstate` listener must come second. */
export function enableScrollRestoration(): void {
  history.scrollRestoration = "manual";
  window.addEventListener("scroll", () => positions.set(currentUrl(), window.scrollY), { passive: true });
  window.addEventListener("popstate", () => {
    isHistoryNavigation = true;
  });
}

/** Scroll on each change of the path; changes of the query alone keep the position. */
export function useScrollRestoration(): void {
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect runs once per path
  useLayoutEffect(() => {
    window.scrollTo(0, isHistoryNavigation ? (positions.get(currentUrl()) ?? 0) : 0);
    isHistoryNavigation = false;
  }, [path]);
}

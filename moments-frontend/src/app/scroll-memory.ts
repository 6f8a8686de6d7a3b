/** Back and forward lead to where one was on a page; a new page begins at its top. */

import { useLayoutEffect } from "react";
import { usePathname } from "wouter/use-browser-location";

const positions = new Map<string, number>();
let isBack = false;

const here = () => location.pathname + location.search;

/** Called once, before anything is drawn: of a step back this has to hear before the routes do. */
export function rememberScroll(): void {
  history.scrollRestoration = "manual";
  window.addEventListener("scroll", () => positions.set(here(), window.scrollY), { passive: true });
  window.addEventListener("popstate", () => {
    isBack = true;
  });
}

/** For the frame around every page. A search on the same page leaves it where it is. */
export function useScrollMemory(): void {
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is for each path once
  useLayoutEffect(() => {
    window.scrollTo(0, isBack ? (positions.get(here()) ?? 0) : 0);
    isBack = false;
  }, [path]);
}

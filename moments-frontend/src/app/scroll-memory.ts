/** Back and forward lead to where one was on a page; a new page begins at its top. */

import { useEffect, useLayoutEffect } from "react";
import { useLocationProperty } from "wouter/use-browser-location";

const positions = new Map<string, number>();
let isBack = false;

const here = () => location.pathname + location.search;

export function useScrollMemory(): void {
  const address = useLocationProperty(here);
  const path = address.split("?")[0];

  useEffect(() => {
    history.scrollRestoration = "manual";
    const remember = () => positions.set(here(), window.scrollY);
    const goBack = () => {
      isBack = true;
    };
    window.addEventListener("scroll", remember, { passive: true });
    // Before the routes hear of it, and draw the page.
    window.addEventListener("popstate", goBack, { capture: true });
    return () => {
      window.removeEventListener("scroll", remember);
      window.removeEventListener("popstate", goBack, { capture: true });
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a search on the same page leaves it where it is
  useLayoutEffect(() => {
    window.scrollTo(0, isBack ? (positions.get(here()) ?? 0) : 0);
    isBack = false;
  }, [path]);
}

/** Restores scroll position and focus on back and forward; other navigation starts at the top of the content. */

import { useEffect, useLayoutEffect } from "react";
import { usePathname } from "wouter/use-browser-location";

interface Place {
  scrollY: number;
  /** Address of the link that had the focus; null for other elements. */
  href: string | null;
}

const places = new Map<string, Place>();
let isHistoryNavigation = false;

const currentUrl = () => location.pathname + location.search;

function update(change: Partial<Place>): void {
  const before = places.get(currentUrl()) ?? { scrollY: 0, href: null };
  places.set(currentUrl(), { ...before, ...change });
}

/** Start recording. Call before the router starts: its `popstate` listener must come second. */
export function enableScrollRestoration(): void {
  history.scrollRestoration = "manual";
  window.addEventListener("scroll", () => update({ scrollY: window.scrollY }), { passive: true });
  document.addEventListener("focusin", ({ target }) => {
    const link = target instanceof Element ? target.closest("#main a[href]") : null;
    update({ href: link?.getAttribute("href") ?? null });
  });
  window.addEventListener("popstate", () => {
    isHistoryNavigation = true;
  });
}

/** Time in which a restored page has to show the link that had the focus. */
const FOCUS_WAIT_MS = 3_000;
const POLL_MS = 50;

/** Scroll and focus on each change of the path; changes of the query alone keep both. */
export function useScrollRestoration(): void {
  const path = usePathname();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect runs once per path
  useLayoutEffect(() => {
    const place = isHistoryNavigation ? places.get(currentUrl()) : undefined;
    window.scrollTo(0, place?.scrollY ?? 0);
  }, [path]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the effect runs once per path
  useEffect(() => {
    const href = isHistoryNavigation ? (places.get(currentUrl())?.href ?? null) : null;
    isHistoryNavigation = false;
    return restoreFocus(href);
  }, [path]);
}

/** Focus the link once it is rendered, else the content. Elements that already have the focus keep it. */
function restoreFocus(href: string | null): () => void {
  const deadline = performance.now() + FOCUS_WAIT_MS;
  const attempt = () => {
    const isLost = document.activeElement === document.body || document.activeElement?.id === "main";
    if (!isLost) return stop();
    const content = document.getElementById("main");
    const link = href === null ? null : content?.querySelector<HTMLElement>(`a[href="${CSS.escape(href)}"]`);
    const isFirst = document.activeElement === document.body && content?.hasChildNodes();
    if (link) link.focus({ preventScroll: true });
    else if (isFirst && places.size > 1) content?.focus({ preventScroll: true });
    if (link || href === null || performance.now() > deadline) stop();
  };
  const timer = setInterval(attempt, POLL_MS);
  const stop = () => clearInterval(timer);
  return stop;
}

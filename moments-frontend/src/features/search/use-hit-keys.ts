import { type RefObject, useEffect } from "react";
import { listen } from "@/lib/listen";

const STEPS: Readonly<Record<string, 1 | -1>> = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 };
/** Elements that use these keys themselves. */
const OWN_KEYS =
  "input, textarea, select, [role=radiogroup], [role=menu], [role=listbox], [role=dialog], [role=alertdialog]";
const OVERLAY = "[role=menu], [role=listbox], [role=dialog]";

/** Path of the hit that was opened last; back navigation returns the focus to it. */
let lastOpened: string | null = null;

/** Move the focus between hits with arrow keys, J and K; Down in the search box moves to the first hit. */
export function useHitKeys(results: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const keydown = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      const target = event.target as Element | null;
      if (!step || !target || event.defaultPrevented || event.isComposing) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      const isBox = target.closest("[data-search-box]") !== null && event.key === "ArrowDown";
      if ((!isBox && target.closest(OWN_KEYS)) || document.querySelector(OVERLAY)) return;
      const hits = [...(results.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [])];
      const next = nextHit(hits, document.activeElement, step);
      if (next === undefined) return;
      event.preventDefault();
      if (next === null) document.querySelector<HTMLElement>("[data-search-box] input")?.focus();
      else {
        next.focus({ preventScroll: true });
        next.scrollIntoView({ block: "nearest" });
      }
    };
    const click = ({ target }: MouseEvent) => {
      const hit = (target as Element).closest("[data-hit]");
      if (hit && results.current?.contains(hit)) lastOpened = hit.getAttribute("href");
    };
    if (document.activeElement === document.body) {
      const hits = [...(results.current?.querySelectorAll<HTMLElement>("[data-hit]") ?? [])];
      hits.find((hit) => hit.getAttribute("href") === lastOpened)?.focus({ preventScroll: true });
    }
    // Captured, because the link's own handler removes the page.
    const stops = [listen(window, { keydown }), listen(window, { click }, true)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [results]);
}

/** Return the hit to focus, null for the search box, or undefined if the focus stays. */
function nextHit(
  hits: readonly HTMLElement[],
  focused: Element | null,
  step: 1 | -1,
): HTMLElement | null | undefined {
  const index = hits.findIndex((hit) => hit === focused || hit.parentElement?.contains(focused));
  if (index < 0) return step > 0 ? hits[0] : undefined;
  return index === 0 && step < 0 ? null : hits[index + step];
}

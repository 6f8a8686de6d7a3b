import { type RefObject, useEffect } from "react";
import { forgetFinishedQuery, useFinishedQuery } from "./address";

/** After Enter in the search box, move the focus to the first hit once the hits of `query` are on the page. */
export function useFirstHit(results: RefObject<HTMLElement | null>, query: string, isLoaded: boolean): void {
  const finished = useFinishedQuery();
  useEffect(() => {
    if (finished !== query || !isLoaded) return;
    forgetFinishedQuery();
    const hit = results.current?.querySelector<HTMLElement>("[data-hit]");
    if (!hit || !isFocusFree()) return;
    hit.focus({ preventScroll: true });
    hit.scrollIntoView({ block: "nearest" });
  }, [finished, query, isLoaded, results]);
}

/** Report whether nothing but the search box has the focus: another control keeps it. */
function isFocusFree(): boolean {
  const { activeElement, body } = document;
  return (
    activeElement === null || activeElement === body || activeElement.closest("[data-search-box]") !== null
  );
}

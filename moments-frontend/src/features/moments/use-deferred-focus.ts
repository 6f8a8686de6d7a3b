import { type RefObject, useCallback, useEffect, useState } from "react";

/** Return a function that focuses part of a card after it has rendered. */
export function useDeferredFocus(list: RefObject<HTMLElement | null>) {
  const [wanted, setWanted] = useState<{ id: string; part: string } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    // Wait until a closing menu has restored its own focus.
    const timer = setTimeout(() => {
      list.current
        ?.querySelector<HTMLElement>(`[data-moment="${wanted.id}"] [data-part="${wanted.part}"]`)
        ?.focus();
      setWanted(null);
    });
    return () => clearTimeout(timer);
  }, [wanted, list]);
  return useCallback((id: string, part: string) => setWanted({ id, part }), []);
}

import { useCallback, useEffect, useMemo, useState } from "react";
import { listen } from "./listen";
import { addAll, EMPTY_SELECTION, extend, type Item, keep, type Selection, toggle } from "./selection";

export interface ListSelection<Chosen extends Item> {
  isActive: boolean;
  items: ReadonlyMap<string, Chosen>;
  /** Enter the selection mode, optionally with a first item. */
  start: (first?: Chosen) => void;
  /** Leave the selection mode; Escape does so too. */
  stop: () => void;
  /** Select or deselect an item, or the range from the last pressed one. */
  press: (item: Chosen, isRange: boolean) => void;
  selectShown: () => void;
  /** Deselect all items except those with these ids. */
  retain: (ids: ReadonlySet<string>) => void;
}

/** The selection mode of a list. */
export function useSelection<Chosen extends Item>(shown: readonly Chosen[]): ListSelection<Chosen> {
  const [selection, setSelection] = useState<Selection<Chosen> | null>(null);
  const isActive = selection !== null;
  useEffect(() => {
    if (!isActive) return;
    const keydown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && event.target instanceof Element)
        if (!event.target.closest("[role=dialog], [role=menu], [type=search]")) setSelection(null);
    };
    return listen(document, { keydown });
  }, [isActive]);
  const update = useCallback(
    (change: (before: Selection<Chosen>) => Selection<Chosen>) =>
      setSelection((before) => before && change(before)),
    [],
  );
  return useMemo(
    () => ({
      isActive,
      items: selection?.items ?? EMPTY_SELECTION.items,
      start: (first?: Chosen) => setSelection(first ? toggle(EMPTY_SELECTION, first) : EMPTY_SELECTION),
      stop: () => setSelection(null),
      press: (item: Chosen, isRange: boolean) =>
        update((before) => (isRange ? extend(before, item, shown) : toggle(before, item))),
      selectShown: () => update((before) => addAll(before, shown)),
      retain: (ids: ReadonlySet<string>) => update((before) => keep(before, (id) => ids.has(id))),
    }),
    [isActive, selection, shown, update],
  );
}

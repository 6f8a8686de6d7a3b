import { useCallback, useEffect, useMemo, useState } from "react";
import { listen } from "./listen";
import {
  addAll,
  allOf,
  countSelected,
  EMPTY_SELECTION,
  extend,
  type Item,
  isSelected,
  keep,
  type Selection,
  toggle,
} from "./selection";

export interface ListSelection<Chosen extends Item> {
  isActive: boolean;
  /** Everything in the list is selected, except `items`. */
  isAll: boolean;
  items: ReadonlyMap<string, Chosen>;
  isSelected: (id: string) => boolean;
  /** Return how many items are selected in a list of `total` items. */
  count: (total: number) => number;
  /** Enter the selection mode, optionally with a first item. */
  start: (first?: Chosen) => void;
  /** Leave the selection mode; Escape does so too. */
  stop: () => void;
  /** Select or deselect an item, or the range from the last pressed one. */
  press: (item: Chosen, isRange: boolean) => void;
  selectShown: () => void;
  /** Select everything in the list, until `list` changes. */
  selectAll: () => void;
  /** Deselect all items except those with these ids. */
  retain: (ids: ReadonlySet<string>) => void;
}

/**
 * The selection mode of a list.
 *
 * @param shown - the loaded items.
 * @param list - identifies the list, such as its filter, for `selectAll`.
 */
export function useSelection<Chosen extends Item>(
  shown: readonly Chosen[],
  list = "",
): ListSelection<Chosen> {
  const [selection, setSelection] = useState<Selection<Chosen> | null>(null);
  const isActive = selection !== null;
  // Items of another list were not part of what the user selected.
  if (selection && selection.allOf !== null && selection.allOf !== list) setSelection(EMPTY_SELECTION);
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
      isAll: selection !== null && selection.allOf !== null,
      items: selection?.items ?? EMPTY_SELECTION.items,
      isSelected: (id: string) => selection !== null && isSelected(selection, id),
      count: (total: number) => (selection === null ? 0 : countSelected(selection, total, shown)),
      start: (first?: Chosen) => setSelection(first ? toggle(EMPTY_SELECTION, first) : EMPTY_SELECTION),
      stop: () => setSelection(null),
      press: (item: Chosen, isRange: boolean) =>
        update((before) => (isRange ? extend(before, item, shown) : toggle(before, item))),
      selectShown: () => update((before) => addAll(before, shown)),
      selectAll: () => update(() => allOf(list)),
      retain: (ids: ReadonlySet<string>) =>
        update((before) =>
          keep(before.allOf === null ? before : addAll(EMPTY_SELECTION, shown), (id) => ids.has(id)),
        ),
    }),
    [isActive, selection, shown, list, update],
  );
}

/** Selected items of a list, for actions on several at once. */

export interface Item {
  id: string;
}

export interface Selection<Chosen extends Item> {
  /** By id, in the order of selection; they stay selected while a filter hides them. */
  items: ReadonlyMap<string, Chosen>;
  /** Null usually. Otherwise everything in this list is selected, except `items`. */
  allOf: string | null;
  /** The item that was pressed last; ranges start at it. */
  anchor: string | null;
}

export const EMPTY_SELECTION: Selection<never> = {
  items: new Map<string, never>(),
  allOf: null,
  anchor: null,
};

/** Select everything in a list, also what is not loaded. */
export function allOf(list: string): Selection<never> {
  return { ...EMPTY_SELECTION, allOf: list };
}

export function isSelected({ items, allOf }: Selection<Item>, id: string): boolean {
  return items.has(id) === (allOf === null);
}

/** Return how many items are selected in a list of `total` items, of which `shown` are loaded. */
export function countSelected(
  { items, allOf }: Selection<Item>,
  total: number,
  shown: readonly Item[],
): number {
  if (allOf === null) return items.size;
  // Items that have left the list meanwhile are not part of `total`.
  return total - shown.filter(({ id }) => items.has(id)).length;
}

/** Select or deselect one item. */
export function toggle<Chosen extends Item>(
  { items, allOf }: Selection<Chosen>,
  item: Chosen,
): Selection<Chosen> {
  const next = new Map(items);
  if (!next.delete(item.id)) next.set(item.id, item);
  return { items: next, allOf, anchor: item.id };
}

/** Give all items between the anchor and `item` the anchor's state; without an anchor, toggle `item`. */
export function extend<Chosen extends Item>(
  selection: Selection<Chosen>,
  item: Chosen,
  shown: readonly Chosen[],
): Selection<Chosen> {
  const from = shown.findIndex(({ id }) => id === selection.anchor);
  const to = shown.findIndex(({ id }) => id === item.id);
  if (from < 0 || to < 0) return toggle(selection, item);
  const isIncluding = selection.items.has(selection.anchor ?? "");
  const items = new Map(selection.items);
  for (const one of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (isIncluding) items.set(one.id, one);
    else items.delete(one.id);
  }
  return { ...selection, items, anchor: item.id };
}

/** Add items to the selection. */
export function addAll<Chosen extends Item>(
  selection: Selection<Chosen>,
  shown: readonly Chosen[],
): Selection<Chosen> {
  return {
    ...selection,
    items: new Map([...selection.items, ...shown.map((one) => [one.id, one] as const)]),
  };
}

/** Keep only the items that `keeps` accepts. */
export function keep<Chosen extends Item>(
  selection: Selection<Chosen>,
  keeps: (id: string) => boolean,
): Selection<Chosen> {
  return { ...selection, items: new Map([...selection.items].filter(([id]) => keeps(id))) };
}

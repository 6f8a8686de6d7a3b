/** Selected items of a list, for actions on several at once. */

export interface Item {
  id: string;
}

export interface Selection<Chosen extends Item> {
  /** By id, in the order of selection; they stay selected while a filter hides them. */
  items: ReadonlyMap<string, Chosen>;
  /** The item that was pressed last; ranges start at it. */
  anchor: string | null;
}

export const EMPTY_SELECTION: Selection<never> = { items: new Map<string, never>(), anchor: null };

/** Select or deselect one item. */
export function toggle<Chosen extends Item>({ items }: Selection<Chosen>, item: Chosen): Selection<Chosen> {
  const next = new Map(items);
  if (!next.delete(item.id)) next.set(item.id, item);
  return { items: next, anchor: item.id };
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
  const isSelecting = selection.items.has(selection.anchor ?? "");
  const items = new Map(selection.items);
  for (const one of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) {
    if (isSelecting) items.set(one.id, one);
    else items.delete(one.id);
  }
  return { items, anchor: item.id };
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

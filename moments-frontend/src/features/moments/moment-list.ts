/** Sorting, filtering and focus order of the moments list. */

import { readStored, writeStored } from "@/lib/storage";
import { byTime, type ShownMoment } from "./merge-refined";

export type SortOrder = "time" | "score";

export interface ListOptions {
  order: SortOrder;
  keptOnly: boolean;
}

/** Return the visible moments; `keptOnly` is ignored if none is kept. */
export function sortAndFilter(
  moments: readonly ShownMoment[],
  { order, keptOnly }: ListOptions,
): ShownMoment[] {
  const some = keptOnly && moments.some(({ is_kept }) => is_kept);
  const list = moments.filter(({ is_kept }) => !some || is_kept);
  return list.sort(order === "time" ? byTime : (one, other) => other.score - one.score || byTime(one, other));
}

/** Return the moment to focus after one is removed: the next, else the previous. */
export function nextFocusId(moments: readonly ShownMoment[], id: string): string | null {
  const index = moments.findIndex((moment) => moment.id === id);
  return (moments[index + 1] ?? moments[index - 1])?.id ?? null;
}

/** Return the moment that follows in the video; null for the last one. */
export function nextInTime(moments: readonly ShownMoment[], id: string): ShownMoment | null {
  const inOrder = moments.toSorted(byTime);
  return inOrder[inOrder.findIndex((moment) => moment.id === id) + 1] ?? null;
}

const STORAGE_KEY = "moments-order";

export function loadSortOrder(): SortOrder {
  return readStored(STORAGE_KEY) === "score" ? "score" : "time";
}

export function saveSortOrder(order: SortOrder): void {
  writeStored(STORAGE_KEY, order);
}

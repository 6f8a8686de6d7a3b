/** Actions on several items, one after the other, with progress and errors. */

import { toApiError } from "@/api/errors";
import type { Problem } from "@/api/schema";

/** `skipped`: there was nothing to do for this item. */
export type Outcome = "done" | "skipped";

export interface Failure<Item> {
  item: Item;
  problem: Problem;
}

export interface BulkResult<Item> {
  done: readonly Item[];
  skipped: readonly Item[];
  failures: readonly Failure<Item>[];
  /** Items that were not attempted, because the action was stopped or all further ones would fail too. */
  rest: readonly Item[];
}

/** Problems that would affect all further items as well. */
const GENERAL = new Set(["unreachable", "queue-full"]);

interface BulkOptions {
  signal?: AbortSignal;
  /** Called before each item with the number of finished ones. */
  onProgress?: (finished: number) => void;
}

/** Run an action for each item; an error is recorded and does not stop the others. */
export async function runForEach<Item>(
  items: readonly Item[],
  run: (item: Item) => Promise<Outcome>,
  { signal, onProgress }: BulkOptions = {},
): Promise<BulkResult<Item>> {
  const finished: Record<Outcome, Item[]> = { done: [], skipped: [] };
  const failures: Failure<Item>[] = [];
  for (const [index, item] of items.entries()) {
    if (signal?.aborted) return { ...finished, failures, rest: items.slice(index) };
    onProgress?.(index);
    try {
      finished[await run(item)].push(item);
    } catch (error) {
      const { problem, kind } = toApiError(error);
      failures.push({ item, problem });
      if (GENERAL.has(kind)) return { ...finished, failures, rest: items.slice(index + 1) };
    }
  }
  return { ...finished, failures, rest: [] };
}

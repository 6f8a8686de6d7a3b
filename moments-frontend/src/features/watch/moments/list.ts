/** In which order the moments stand, which of them, and which comes next. */

import { byTime, type ShownMoment } from "./merge";

export type Order = "time" | "score";

export interface View {
  order: Order;
  keptOnly: boolean;
}

/** What the list shows. When none is kept, asking for those alone asks for nothing. */
export function viewed(moments: readonly ShownMoment[], { order, keptOnly }: View): ShownMoment[] {
  const some = keptOnly && moments.some(({ is_kept }) => is_kept);
  const list = moments.filter(({ is_kept }) => !some || is_kept);
  return list.sort(order === "time" ? byTime : (one, other) => other.score - one.score || byTime(one, other));
}

interface Timed {
  start_time: number;
}

/** Less than this into a moment, going back means the one before. */
const JUST_BEGUN_SECONDS = 1.5;
/** A seek may end a little before where it was sent. */
const NEAR_SECONDS = 0.25;

/** The moment that begins next after a time, or last before it; null where there is none. */
export function stepFrom<Of extends Timed>(moments: readonly Of[], time: number, step: 1 | -1): Of | null {
  const inOrder = moments.toSorted((one, other) => one.start_time - other.start_time);
  const next =
    step > 0
      ? inOrder.find(({ start_time }) => start_time > time + NEAR_SECONDS)
      : inOrder.findLast(({ start_time }) => start_time < time - JUST_BEGUN_SECONDS);
  return next ?? null;
}

/** Where the focus goes when one leaves the list: to the one after it, else before it. */
export function neighbourOf(moments: readonly ShownMoment[], id: string): string | null {
  const index = moments.findIndex((moment) => moment.id === id);
  return (moments[index + 1] ?? moments[index - 1])?.id ?? null;
}

const KEY = "videomoments:moments-order";

export function storedOrder(): Order {
  try {
    return localStorage.getItem(KEY) === "score" ? "score" : "time";
  } catch {
    return "time"; // storage can be forbidden
  }
}

export function storeOrder(order: Order): void {
  try {
    localStorage.setItem(KEY, order);
  } catch {
    // then it holds for this visit
  }
}

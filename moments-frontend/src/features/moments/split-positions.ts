import type { SegmentRead } from "@/api/schema";
import { MIN_SECONDS, type TrimRange } from "./trim";

export interface SplitPosition {
  seconds: number;
  /** The first sentence of the second part. */
  text: string;
}

/** Report whether both parts would have the minimum length. */
export function canSplitAt({ start, end }: TrimRange, seconds: number): boolean {
  return seconds - start >= MIN_SECONDS && end - seconds >= MIN_SECONDS;
}

/** Return the sentences at which a moment can be split. */
export function splitPositions(segments: readonly SegmentRead[], range: TrimRange): SplitPosition[] {
  return segments
    .filter(({ start }) => canSplitAt(range, start))
    .map(({ start, text }) => ({ seconds: start, text }));
}

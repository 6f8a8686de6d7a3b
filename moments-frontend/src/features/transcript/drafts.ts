/** Corrections that are being typed or saved. */

import type { SegmentRead } from "@/api/schema";

export interface Draft {
  /** Start time of the segment, which identifies it: its index changes when other segments are removed. */
  start: number;
  text: string;
  /** The text that the correction replaces. */
  before: string;
  status: "open" | "saving" | "failed";
  /** The cause if it could not be saved. */
  error: string | null;
}

export function newDraft({ start, text }: Pick<SegmentRead, "start" | "text">): Draft {
  return { start, text, before: text, status: "open", error: null };
}

/** Report whether the text differs; line breaks and repeated spaces, which the API joins, do not count. */
export function isChanged({ text, before }: Draft): boolean {
  return normalised(text) !== normalised(before);
}

export function normalised(text: string): string {
  return text.replace(/\s+/gu, " ").trim();
}

/** Add a draft, or replace the one of the same segment. */
export function withDraft(drafts: readonly Draft[], draft: Draft): Draft[] {
  return [...withoutDraft(drafts, draft.start), draft];
}

export function withoutDraft(drafts: readonly Draft[], start: number): Draft[] {
  return drafts.filter((draft) => draft.start !== start);
}

/** Return the index of the segment nearest to a start time; -1 without segments. */
export function indexAt(segments: readonly Pick<SegmentRead, "start">[], start: number): number {
  let nearest = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, segment] of segments.entries()) {
    const distance = Math.abs(segment.start - start);
    if (distance < least) [nearest, least] = [index, distance];
  }
  return nearest;
}

/** Return the drafts by index of their segment. */
export function draftsByIndex(
  drafts: readonly Draft[],
  segments: readonly Pick<SegmentRead, "start">[],
): ReadonlyMap<number, Draft> {
  return new Map(drafts.map((draft) => [indexAt(segments, draft.start), draft]));
}

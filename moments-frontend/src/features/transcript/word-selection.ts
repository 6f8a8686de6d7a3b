/** Selections of words, which may span segments. */

import { countWords, type TimedSegment } from "./segments";

export interface WordPlace {
  /** Index of the segment. */
  segment: number;
  /** Index of the word in its segment. */
  word: number;
}

export interface WordSelection {
  /** The word at which the selection was started. */
  anchor: WordPlace;
  /** The word that moves while the selection is extended. */
  head: WordPlace;
}

export interface SelectedWords {
  /** Seconds. */
  start: number;
  end: number;
  count: number;
}

type Segments = readonly TimedSegment[];

/** Return the first and the last selected word. */
export function inOrder({ anchor, head }: WordSelection): { first: WordPlace; last: WordPlace } {
  const isForward =
    anchor.segment < head.segment || (anchor.segment === head.segment && anchor.word <= head.word);
  return isForward ? { first: anchor, last: head } : { first: head, last: anchor };
}

/** Return the first and last selected word of a segment; null if none is selected. */
export function selectedIn(selection: WordSelection | null, segment: TimedSegment): [number, number] | null {
  if (!selection) return null;
  const { first, last } = inOrder(selection);
  const { index } = segment;
  if (index < first.segment || index > last.segment) return null;
  const end = countWords(segment.text) - 1;
  return [index === first.segment ? first.word : 0, index === last.segment ? last.word : end];
}

/** Return the times from the first to the last word; the segment's times where words have none. */
export function selectedWords(selection: WordSelection, segments: Segments): SelectedWords | null {
  const { first, last } = inOrder(selection);
  const [from, to] = [segments[first.segment], segments[last.segment]];
  if (!from || !to) return null;
  let count = 0;
  for (const segment of segments.slice(first.segment, last.segment + 1)) {
    const [start, end] = selectedIn(selection, segment) ?? [0, -1];
    count += end - start + 1;
  }
  const start = from.wordStarts[first.word] ?? from.start;
  const end = to.wordEnds[last.word] ?? to.end;
  return end > start ? { start, end, count } : null;
}

export type SelectionStep = "next word" | "previous word" | "next sentence" | "previous sentence";

/** Return the selection after a step with the keyboard; without one, it begins in `segment`. */
export function extendSelection(
  selection: WordSelection | null,
  step: SelectionStep,
  segment: number,
  segments: Segments,
): WordSelection | null {
  const lastWord = (index: number) => Math.max(0, countWords(segments[index]?.text ?? "") - 1);
  if (!segments[segment]) return selection;
  if (!selection) {
    const anchor = { segment, word: 0 };
    return { anchor, head: step.endsWith("word") ? anchor : { segment, word: lastWord(segment) } };
  }
  const { anchor, head } = selection;
  const moved = { ...head };
  if (step === "next word") {
    if (head.word < lastWord(head.segment)) moved.word += 1;
    else if (segments[head.segment + 1]) Object.assign(moved, { segment: head.segment + 1, word: 0 });
  } else if (step === "previous word") {
    if (head.word > 0) moved.word -= 1;
    else if (head.segment > 0)
      Object.assign(moved, { segment: head.segment - 1, word: lastWord(head.segment - 1) });
  } else return extendBySentence(selection, step === "next sentence" ? 1 : -1, segments, lastWord);
  return { anchor, head: moved };
}

/** Move the head by whole segments; the segment of the anchor stays selected as a whole. */
function extendBySentence(
  { anchor, head }: WordSelection,
  step: 1 | -1,
  segments: Segments,
  lastWord: (segment: number) => number,
): WordSelection {
  const isComplete = head.word === (head.segment >= anchor.segment ? lastWord(head.segment) : 0);
  const wanted = isComplete || step < 0 ? head.segment + step : head.segment;
  const segment = Math.min(Math.max(wanted, 0), segments.length - 1);
  const isForward = segment >= anchor.segment;
  return {
    anchor: isForward === head.segment >= anchor.segment ? anchor : flipped(anchor, isForward, lastWord),
    head: { segment, word: isForward ? lastWord(segment) : 0 },
  };
}

function flipped(
  { segment }: WordPlace,
  isForward: boolean,
  lastWord: (segment: number) => number,
): WordPlace {
  return { segment, word: isForward ? 0 : lastWord(segment) };
}

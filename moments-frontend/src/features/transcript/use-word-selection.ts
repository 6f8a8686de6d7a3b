import {
  type KeyboardEvent,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import type { TimedSegment } from "./segments";
import type { SegmentListState } from "./use-segment-list";
import { followPointer } from "./word-drag";
import {
  extendSelection,
  type SelectionStep,
  selectedIn,
  selectedWords,
  type WordPlace,
  type WordSelection,
} from "./word-selection";

/** Adds a moment for a range in seconds; null if that is not possible. */
export type OnCreateMoment = ((range: { start: number; end: number }) => void) | null;

interface WordSelectionOptions {
  segments: readonly TimedSegment[];
  /** Row of each segment. */
  rowOf: readonly number[];
  list: SegmentListState;
  /** Null turns the selection off. */
  onCreate: OnCreateMoment;
}

/** Selection of words by dragging, Shift and a click, a long touch, or Shift and the arrow keys. */
export function useWordSelection(options: WordSelectionOptions) {
  const { segments, onCreate } = options;
  const [selection, setSelection] = useState<WordSelection | null>(null);
  const anchor = useRef<WordPlace | null>(null);
  const current = onCreate === null ? null : selection;
  const selected = useMemo(() => current && selectedWords(current, segments), [current, segments]);
  const create = () => {
    if (selected) onCreate?.({ start: selected.start, end: selected.end });
  };
  const shared: SharedState = { ...options, current, setSelection, anchor, create };
  return {
    /** Times and number of the selected words; null without any. */
    selected,
    ...usePointerSelection(shared),
    handleKey: (event: KeyboardEvent) => selectByKey(event, shared),
    create,
    clear: () => setSelection(null),
    /** The selected words of a segment, as properties of its row. */
    rangeIn: (segment: TimedSegment) => {
      const [first, last] = selectedIn(current, segment) ?? [null, null];
      return { firstSelected: first, lastSelected: last };
    },
  };
}

interface SharedState extends WordSelectionOptions {
  current: WordSelection | null;
  setSelection: (selection: WordSelection | null) => void;
  /** The word that was clicked last. */
  anchor: RefObject<WordPlace | null>;
  create: () => void;
}

function usePointerSelection({ rowOf, list, onCreate, current, setSelection, anchor }: SharedState) {
  /** The next click ends a drag. */
  const isClickHandled = useRef(false);
  const stop = useRef<(() => void) | null>(null);
  useEffect(() => () => stop.current?.(), []);

  function begin(event: PointerEvent) {
    isClickHandled.current = false;
    const from = placeOf(event.target, rowOf);
    if (!from || event.button !== 0 || event.shiftKey || onCreate === null) return;
    stop.current?.();
    stop.current = followPointer(event.nativeEvent, list.scroller.current, (element) => {
      const head = placeOf(element, rowOf);
      if (!head) return;
      list.stopFollowing();
      isClickHandled.current = true;
      anchor.current = from;
      setSelection({ anchor: from, head });
    });
  }
  /** Return true if the click belongs to the selection. */
  function handleClick(event: MouseEvent): boolean {
    const isHandled = isClickHandled.current;
    isClickHandled.current = false;
    if (isHandled || onCreate === null) return isHandled;
    const head = placeOf(event.target, rowOf);
    const { nativeEvent } = event;
    const isTap = nativeEvent instanceof window.PointerEvent && nativeEvent.pointerType === "touch";
    if (head && (event.shiftKey || (isTap && current !== null)) && anchor.current) {
      setSelection({ anchor: anchor.current, head });
      return true;
    }
    anchor.current = head;
    if (event.detail > 0) setSelection(null); // not for Enter
    return false;
  }
  return { begin, handleClick };
}

/** Return true if the key belongs to the selection. */
function selectByKey(event: KeyboardEvent, shared: SharedState): boolean {
  const { current, setSelection, onCreate, create } = shared;
  if (onCreate === null || event.ctrlKey || event.metaKey || event.altKey) return false;
  if (event.target instanceof Element && event.target.closest("textarea")) return false;
  const step = event.shiftKey ? STEPS[event.key] : undefined;
  if (event.key === "Escape" && current) setSelection(null);
  else if (event.key === "Enter" && event.shiftKey && current) create();
  else if (step) extend(step, event.target, shared);
  else return false;
  event.preventDefault();
  return true;
}

function extend(step: SelectionStep, target: EventTarget, shared: SharedState): void {
  const { segments, rowOf, list, current, setSelection, anchor } = shared;
  const next = extendSelection(current, step, segmentOf(target, rowOf), segments);
  if (!next) return;
  list.stopFollowing();
  anchor.current = next.anchor;
  setSelection(next);
  list.focus(rowOf[next.head.segment] ?? 0);
}

export type WordSelectionState = ReturnType<typeof useWordSelection>;

const STEPS: Readonly<Record<string, SelectionStep>> = {
  ArrowRight: "next word",
  ArrowLeft: "previous word",
  ArrowDown: "next sentence",
  ArrowUp: "previous sentence",
};

/** Return the word that an element of the list shows. */
function placeOf(target: EventTarget | null, rowOf: readonly number[]): WordPlace | null {
  if (!(target instanceof Element)) return null;
  const word = target.closest<HTMLElement>("[data-word]")?.dataset.word;
  const segment = segmentOf(target, rowOf);
  return word === undefined || segment < 0 ? null : { segment, word: Number(word) };
}

/** Return the index of the segment that an element belongs to, or -1. */
function segmentOf(target: EventTarget, rowOf: readonly number[]): number {
  const row = target instanceof Element && target.closest<HTMLElement>("[data-index]")?.dataset.index;
  return row ? rowOf.indexOf(Number(row)) : -1;
}

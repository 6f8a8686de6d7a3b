import { useState } from "react";
import { useThrottledSeek } from "@/lib/use-throttled-seek";
import type { ShownMoment } from "./merge-refined";
import {
  expandWindow,
  fullRange,
  moveHandle,
  type TrimHandle,
  type TrimRange,
  validateTrim,
  windowAround,
} from "./trim";
import {
  loadStepUnit,
  type Step,
  type StepTargets,
  type StepUnit,
  saveStepUnit,
  stepHandle,
} from "./trim-steps";
import { useLoopPreview } from "./use-loop-preview";

/** Number of changes that can be undone. */
const MAX_HISTORY = 200;

/** State of the trim editor. Every change seeks the video to the changed handle, or plays from there. */
export function useTrim(moment: ShownMoment, duration: number | null, targets: StepTargets) {
  // Keep the original range: the optimistic update changes `moment` while saving.
  const [original] = useState<TrimRange>({ start: moment.start_time, end: moment.end_time });
  const { range, change, remember, undo, canUndo } = useHistory(original);
  const [view, setView] = useState(() => windowAround(original, duration));
  const [active, setActive] = useState<TrimHandle>("start");
  const [unit, setUnit] = useStepUnit();
  const seek = useThrottledSeek();
  const preview = useLoopPreview();

  function show(handle: TrimHandle, next: TrimRange): TrimRange {
    setActive(handle);
    change(next);
    return next;
  }
  /** Show the result of a finished change. */
  function finish(handle: TrimHandle, next: TrimRange) {
    setView(expandWindow(view, next, duration));
    if (preview.isOn && validateTrim(next, duration) === null) preview.playSoon(handle, next);
    else seek(next[handle]);
  }
  function set(handle: TrimHandle, next: TrimRange) {
    remember();
    finish(handle, show(handle, next));
  }
  const move = (handle: TrimHandle, seconds: number) =>
    set(handle, moveHandle(range, handle, seconds, fullRange(duration)));
  return {
    range,
    /** Visible range of the video. */
    view,
    /** The handle that was changed or focused last. */
    active,
    setActive,
    error: validateTrim(range, duration),
    isChanged: range.start !== original.start || range.end !== original.end,
    preview,
    /** Size of one step. */
    unit,
    setUnit,
    startDrag: remember,
    /** Move a handle within the view; the video shows its frame. */
    drag: (handle: TrimHandle, seconds: number) => {
      preview.stop();
      seek(show(handle, moveHandle(range, handle, seconds, view))[handle]);
    },
    endDrag: () => finish(active, range),
    /** Move a handle within the video. */
    move,
    step: (handle: TrimHandle, step: Step) =>
      move(handle, stepHandle(handle, range[handle], unit, step, targets)),
    /** Set a handle to a time that may be invalid. */
    enter: (handle: TrimHandle, seconds: number) => set(handle, { ...range, [handle]: seconds }),
    canUndo,
    undo: () => {
      const before = undo();
      if (before) finish(before.start === range.start ? "end" : "start", before);
    },
  };
}

export type Trim = ReturnType<typeof useTrim>;

/** Size of one step, stored for the next moment. */
function useStepUnit(): [StepUnit, (unit: StepUnit) => void] {
  const [unit, setUnit] = useState(loadStepUnit);
  const set = (next: StepUnit) => {
    setUnit(next);
    saveStepUnit(next);
  };
  return [unit, set];
}

/** A range whose changes can be undone. */
function useHistory(original: TrimRange) {
  const [range, setRange] = useState(original);
  const [history, setHistory] = useState<readonly TrimRange[]>([]);
  return {
    range,
    change: setRange,
    /** Store the range before a change. */
    remember: () => setHistory((before) => [...before, range].slice(-MAX_HISTORY)),
    canUndo: history.length > 0,
    /** Return the range before the last change, or null. */
    undo: (): TrimRange | null => {
      const last = history.at(-1);
      if (!last) return null;
      setHistory(history.slice(0, -1));
      setRange(last);
      return last;
    },
  };
}

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
  const [unit, setUnit] = useState(loadStepUnit);
  const seek = useThrottledSeek();
  const preview = useLoopPreview();
  const error = validateTrim(range, duration);

  function show(handle: TrimHandle, next: TrimRange): TrimRange {
    setActive(handle);
    change(next);
    return next;
  }
  /** Show the result of a finished change. */
  function finish(handle: TrimHandle, next: TrimRange) {
    setView(expandWindow(view, next, duration));
    const isValid = validateTrim(next, duration) === null;
    if (preview.isOn && isValid) preview.playSoon(handle, next);
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
    error,
    isChanged: range.start !== original.start || range.end !== original.end,
    preview,
    /** What one step is. */
    unit,
    setUnit: (next: StepUnit) => {
      setUnit(next);
      saveStepUnit(next);
    },
    startDrag: remember,
    /** Move a handle within the view; the video shows its frame. */
    drag: (handle: TrimHandle, seconds: number) => {
      preview.stop();
      seek(show(handle, moveHandle(range, handle, seconds, view))[handle]);
    },
    endDrag: () => finish(active, range),
    /** Move a handle within the video. */
    move,
    step: (handle: TrimHandle, { direction, count }: Step) => {
      let seconds = range[handle];
      for (let done = 0; done < count; done += 1)
        seconds = stepHandle(handle, seconds, unit, direction, targets);
      move(handle, seconds);
    },
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

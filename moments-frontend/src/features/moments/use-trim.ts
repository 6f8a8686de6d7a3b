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

/** State of the trim editor. Every change seeks the video to the changed handle. */
export function useTrim(moment: ShownMoment, duration: number | null) {
  // Keep the original range: the optimistic update changes `moment` while saving.
  const [original] = useState<TrimRange>({ start: moment.start_time, end: moment.end_time });
  const [range, setRange] = useState(original);
  const [view, setView] = useState(() => windowAround(original, duration));
  const [active, setActive] = useState<TrimHandle>("start");
  const seek = useThrottledSeek();
  const expandView = (next: TrimRange) => setView(expandWindow(view, next, duration));

  function change(handle: TrimHandle, next: TrimRange): TrimRange {
    setActive(handle);
    setRange(next);
    seek(next[handle]);
    return next;
  }
  return {
    range,
    /** Visible range of the video. */
    view,
    /** The handle that was changed or focused last. */
    active,
    setActive,
    error: validateTrim(range, duration),
    isChanged: range.start !== original.start || range.end !== original.end,
    /** Move a handle within the view. */
    drag: (handle: TrimHandle, seconds: number) => change(handle, moveHandle(range, handle, seconds, view)),
    endDrag: () => expandView(range),
    /** Move a handle within the video. */
    move: (handle: TrimHandle, seconds: number) =>
      expandView(change(handle, moveHandle(range, handle, seconds, fullRange(duration)))),
    /** Set a handle to a time that may be invalid. */
    enter: (handle: TrimHandle, seconds: number) =>
      expandView(change(handle, { ...range, [handle]: seconds })),
  };
}

export type Trim = ReturnType<typeof useTrim>;

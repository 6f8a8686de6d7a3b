import { useCallback, useEffect, useMemo, useState } from "react";
import type { VideoSummary } from "@/api/schema";
import { listen } from "@/lib/listen";
import { addAll, EMPTY_SELECTION, extend, keep, type Selection, toggle } from "./selection";

export interface VideoSelection {
  isActive: boolean;
  items: ReadonlyMap<string, VideoSummary>;
  /** Enter the selection mode, optionally with a first video. */
  start: (first?: VideoSummary) => void;
  /** Leave the selection mode; Escape does so too. */
  stop: () => void;
  /** Select or deselect a video, or the range from the last pressed one. */
  press: (video: VideoSummary, isRange: boolean) => void;
  selectShown: () => void;
  /** Deselect all videos except those with these ids. */
  retain: (ids: ReadonlySet<string>) => void;
}

/** The selection mode of a list of videos. */
export function useSelection(shown: readonly VideoSummary[]): VideoSelection {
  const [selection, setSelection] = useState<Selection<VideoSummary> | null>(null);
  const isActive = selection !== null;
  useEffect(() => {
    if (!isActive) return;
    const keydown = (event: KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented && event.target instanceof Element)
        if (!event.target.closest("[role=dialog], [role=menu], [type=search]")) setSelection(null);
    };
    return listen(document, { keydown });
  }, [isActive]);
  const update = useCallback(
    (change: (before: Selection<VideoSummary>) => Selection<VideoSummary>) =>
      setSelection((before) => before && change(before)),
    [],
  );
  return useMemo(
    () => ({
      isActive,
      items: selection?.items ?? EMPTY_SELECTION.items,
      start: (first?: VideoSummary) => setSelection(first ? toggle(EMPTY_SELECTION, first) : EMPTY_SELECTION),
      stop: () => setSelection(null),
      press: (video: VideoSummary, isRange: boolean) =>
        update((before) => (isRange ? extend(before, video, shown) : toggle(before, video))),
      selectShown: () => update((before) => addAll(before, shown)),
      retain: (ids: ReadonlySet<string>) => update((before) => keep(before, (id) => ids.has(id))),
    }),
    [isActive, selection, shown, update],
  );
}

import { useMutation } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useMemo, useState } from "react";
import { ApiError, problemText, toApiError } from "@/api/errors";
import { invalidate, queryClient } from "@/api/query-client";
import { correctSegments, transcriptQuery } from "@/api/transcript";
import { t } from "@/i18n";
import { toast } from "@/ui/Toasts";
import {
  type Draft,
  draftsByIndex,
  indexAt,
  isChanged,
  newDraft,
  normalised,
  withDraft,
  withoutDraft,
} from "./drafts";
import type { TimedSegment } from "./segments";
import { undoChange } from "./undo";

/** Corrections of single segments. A saved one is shown at once; one that fails stays open with its text. */
export function useCorrections(videoId: string, segments: readonly TimedSegment[]) {
  const [drafts, setDrafts] = useState<readonly Draft[]>([]);
  const byIndex = useMemo(() => draftsByIndex(drafts, segments), [drafts, segments]);
  const update = (draft: Draft) => setDrafts((before) => withDraft(before, draft));
  const remove = ({ start }: Draft) => setDrafts((before) => withoutDraft(before, start));

  const save = useMutation({
    // One after the other: each may change the index of the next.
    scope: { id: `transcript ${videoId}` },
    mutationFn: async (draft: Draft) => {
      const { start, text, before } = draft;
      const index = indexAt(currentSegments(videoId), start);
      await correctSegments(videoId, [{ index, text: normalised(text), before }]);
    },
    onMutate: (draft) => update({ ...draft, status: "saving", error: null }),
    onSuccess: (_nothing, draft) => {
      remove(draft);
      if (normalised(draft.text) === "")
        toast(t("transcript.sentenceRemoved"), {
          action: { label: t("common.undo"), onPress: () => void undoChange(videoId) },
        });
    },
    onError: async (error, draft) =>
      update({ ...draft, status: "failed", ...(await explain(videoId, error, draft)) }),
  });

  // Text that was typed is saved when the panel closes.
  function saveOpen() {
    for (const draft of drafts) if (draft.status === "open" && isChanged(draft)) save.mutate(draft);
  }
  const close = useEffectEvent(saveOpen);
  useEffect(() => () => close(), []);

  return {
    byIndex,
    /** True while a segment is open, so that the list does not scroll away. */
    isOpen: drafts.some(({ status }) => status !== "saving"),
    open: (index: number) => {
      const segment = segments[index];
      // The text of another open sentence is saved, not lost.
      saveOpen();
      if (segment && !byIndex.has(index))
        setDrafts((before) => [...before.filter((draft) => draft.status !== "open"), newDraft(segment)]);
    },
    type: (draft: Draft, text: string) => update({ ...draft, text, status: "open" }),
    save: (draft: Draft) => (isChanged(draft) ? save.mutate(draft) : remove(draft)),
    cancel: remove,
  };
}

export type Corrections = ReturnType<typeof useCorrections>;

function currentSegments(videoId: string) {
  return queryClient.getQueryData(transcriptQuery(videoId).queryKey)?.segment_timestamps ?? [];
}

/** Return what prevented a correction. If the sentence has changed, the next attempt replaces its new text. */
async function explain(
  videoId: string,
  error: unknown,
  draft: Draft,
): Promise<Pick<Draft, "error" | "before">> {
  if (!(error instanceof ApiError) || error.kind !== "transcript-changed")
    return { error: problemText(toApiError(error).problem), before: draft.before };
  await invalidate(transcriptQuery(videoId).queryKey);
  const segments = currentSegments(videoId);
  const now = segments[indexAt(segments, draft.start)]?.text ?? "";
  const message = t("transcript.thisSentenceHasChangedIn", { now });
  return { error: message, before: now };
}

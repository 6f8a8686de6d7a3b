import { useMutation } from "@tanstack/react-query";
import {
  type ChapterDraft,
  type ChapterList,
  chaptersQuery,
  resetChapters,
  saveChapters,
} from "@/api/chapters";
import { invalidate, queryClient } from "@/api/query-client";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";
import { toDrafts } from "./chapter-list";

interface Save {
  drafts: readonly ChapterDraft[];
  /** Shown with an undo button once saved. */
  message: string;
}

/** Save or reset the chapters of a video, and offer undo. */
export function useChapterMutations(videoId: string, duration: number | null) {
  const { queryKey } = chaptersQuery(videoId);
  const current = () => queryClient.getQueryData(queryKey);
  const mutation = { mutationKey: ["chapters", videoId, "change"], scope: { id: `chapters ${videoId}` } };
  // Another client may have changed them.
  const refetch = () => void invalidate(queryKey);
  const undo = useMutation({
    ...mutation,
    mutationFn: ({ before, after }: { before: ChapterList; after: ChapterList }) =>
      isByUser(before)
        ? saveChapters(videoId, toDrafts(before.chapters, duration), after.etag)
        : resetChapters(videoId, after.etag),
    onError: (error) => {
      toastError(t("chapters.couldNotUndoTheChange"), error);
      refetch();
    },
  });
  function offerUndo(message: string, before: ChapterList | undefined, after: ChapterList) {
    if (!before) return toast(message);
    toast(message, { action: { label: t("common.undo"), onPress: () => undo.mutate({ before, after }) } });
  }
  const save = useMutation({
    ...mutation,
    mutationFn: ({ drafts }: Save) => saveChapters(videoId, drafts, current()?.etag ?? null),
    onMutate: () => current(),
    onSuccess: (after, { message }, before) => offerUndo(message, before, after),
    onError: (error) => {
      toastError(t("chapters.couldNotSaveTheChapters"), error);
      refetch();
    },
  });
  const reset = useMutation({
    ...mutation,
    mutationFn: () => resetChapters(videoId, current()?.etag ?? null),
    onMutate: () => current(),
    onSuccess: (after, _nothing, before) => offerUndo(t("chapters.chaptersReset"), before, after),
    onError: (error) => {
      toastError(t("chapters.couldNotResetTheChapters"), error);
      refetch();
    },
  });
  return { save, reset };
}

/** Report whether the user edited the list; one without chapters is the user's or has never had any. */
function isByUser({ chapters }: ChapterList): boolean {
  return chapters[0]?.source === "user";
}

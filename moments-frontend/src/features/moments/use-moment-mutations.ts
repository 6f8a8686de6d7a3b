import { useMutation } from "@tanstack/react-query";
import {
  createMoment,
  deletedMomentsQuery,
  deleteMoment,
  type Moment,
  type MomentUpdate,
  mergeMoments,
  momentsQuery,
  type NewMoment,
  purgeMoment,
  refreshMoments,
  resetMoment,
  restoreMoment,
  splitMoment,
  updateMoment,
} from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { t } from "@/i18n";
import { toast, toastError } from "@/ui/Toasts";
import { applyServerResult, applyUpdate, replaceMoments } from "./optimistic";

type Moments = Moment[] | null | undefined;

/** Update the list optimistically; returns a rollback. Pending reads are cancelled, as they would overwrite it. */
async function applyOptimistically(videoId: string, make: (moments: readonly Moment[]) => Moment[]) {
  const { queryKey } = momentsQuery(videoId);
  await queryClient.cancelQueries({ queryKey, exact: true });
  const before: Moments = queryClient.getQueryData(queryKey);
  queryClient.setQueryData(queryKey, (moments: Moments) => moments && make(moments));
  return () => queryClient.setQueryData(queryKey, before);
}

/** Replace moments in the list by the API's response. */
function replaceInList(videoId: string, removed: readonly string[], added: readonly Moment[]): void {
  queryClient.setQueryData(momentsQuery(videoId).queryKey, (moments: Moments) =>
    replaceMoments(moments ?? [], removed, added),
  );
}

/** Refetch the list after the last pending change. */
function settle(videoId: string): Promise<void> | undefined {
  return queryClient.isMutating({ mutationKey: mutationKey(videoId) }) <= 1
    ? refreshMoments(videoId)
    : undefined;
}

const mutationKey = (videoId: string) => ["moments", videoId, "change"];

/** Options of all changes of a video's moments: one at a time, so that they apply in their order. */
function changeOptions(videoId: string) {
  return {
    mutationKey: mutationKey(videoId),
    scope: { id: `moments ${videoId}` },
    onSettled: () => void settle(videoId),
  };
}

interface UpdateVariables {
  id: string;
  change: MomentUpdate;
}

/** Update a moment optimistically; rolled back on error. */
export function useUpdateMoment(videoId: string) {
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: ({ id, change }: UpdateVariables) => updateMoment(videoId, id, change),
    onMutate: ({ id, change }) => applyOptimistically(videoId, (moments) => applyUpdate(moments, id, change)),
    onSuccess: (response, { id }) =>
      queryClient.setQueryData(
        momentsQuery(videoId).queryKey,
        (moments: Moments) => moments && applyServerResult(moments, id, response),
      ),
    onError: (_error, _change, rollback) => rollback?.(),
  });
}

/** Add a moment of the user's own; the list shows it at once. */
export function useCreateMoment(videoId: string) {
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: (moment: NewMoment) => createMoment(videoId, moment),
    onSuccess: (created) => replaceInList(videoId, [], [created]),
  });
}

/** Undo a trim, merge or split; takes the moments that it made. */
export function useResetMoment(videoId: string) {
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: async ([made = ""]: readonly string[]) => resetMoment(videoId, made),
    onSuccess: (restored, made) => replaceInList(videoId, made, restored),
    onError: (error) => toastError(t("moments.couldNotUndo"), error),
  });
}

/** Merge moments into one and offer undo. */
export function useMergeMoments(videoId: string) {
  const reset = useResetMoment(videoId);
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: (ids: readonly string[]) => mergeMoments(videoId, ids),
    onSuccess: (merged, ids) => {
      replaceInList(videoId, ids, [merged]);
      toast(
        t("moments.mergedCount", { count: ids.length }),
        undo(() => reset.mutate([merged.id])),
      );
    },
    onError: (error) => toastError(t("moments.couldNotMergeTheMoments"), error),
  });
}

/** Split a moment in two and offer undo. */
export function useSplitMoment(videoId: string) {
  const reset = useResetMoment(videoId);
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: ({ id, at }: { id: string; at: number }) => splitMoment(videoId, id, at),
    onSuccess: (parts, { id }) => {
      replaceInList(videoId, [id], parts);
      toast(
        t("moments.momentSplit"),
        undo(() => reset.mutate(parts.map((part) => part.id))),
      );
    },
  });
}

/** Delete moments optimistically and offer undo. */
export function useDeleteMoments(videoId: string) {
  const restoration = useRestoreMoments(videoId);
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: async (ids: readonly string[]) => {
      for (const id of ids) await deleteMoment(videoId, id);
    },
    onMutate: (ids) => applyOptimistically(videoId, (moments) => replaceMoments(moments, ids, [])),
    onSuccess: (_nothing, ids) => {
      const text =
        ids.length === 1
          ? t("moments.momentDeleted")
          : t("moments.deletedMomentCount", { count: ids.length });
      toast(
        text,
        undo(() => restoration.mutate(ids)),
      );
    },
    onError: (error, ids, rollback) => {
      rollback?.();
      toastError(t("moments.couldNotDelete", { count: ids.length }), error);
    },
  });
}

/** Restore deleted moments. */
export function useRestoreMoments(videoId: string) {
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: async (ids: readonly string[]) => {
      const restored: Moment[] = [];
      for (const id of ids) restored.push(await restoreMoment(videoId, id));
      return restored;
    },
    onSuccess: (restored, ids) => {
      replaceInList(videoId, [], restored);
      queryClient.setQueryData(deletedMomentsQuery(videoId).queryKey, (moments) =>
        moments?.filter(({ id }) => !ids.includes(id)),
      );
    },
    onError: (error) => toastError(t("moments.couldNotRestoreTheMoment"), error),
  });
}

/** Delete a deleted moment for good. */
export function usePurgeMoment(videoId: string) {
  return useMutation({
    ...changeOptions(videoId),
    mutationFn: (id: string) => purgeMoment(videoId, id),
    onSuccess: (_nothing, id) =>
      queryClient.setQueryData(deletedMomentsQuery(videoId).queryKey, (moments) =>
        moments?.filter((moment) => moment.id !== id),
      ),
  });
}

function undo(onPress: () => void) {
  return { action: { label: t("common.undo"), onPress } };
}

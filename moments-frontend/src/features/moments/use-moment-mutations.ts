import { useMutation } from "@tanstack/react-query";
import {
  createMoment,
  deleteMoment,
  type Moment,
  type MomentUpdate,
  momentsQuery,
  type NewMoment,
  refreshMoments,
  restoreMoment,
  updateMoment,
} from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { toast, toastError } from "@/ui/Toasts";
import { applyServerResult, applyUpdate, removeMoment } from "./optimistic";

type Moments = Moment[] | null | undefined;

/** Update the list optimistically; returns a rollback. Pending reads are cancelled, as they would overwrite it. */
async function applyOptimistically(videoId: string, make: (moments: readonly Moment[]) => Moment[]) {
  const { queryKey } = momentsQuery(videoId);
  await queryClient.cancelQueries({ queryKey });
  const before: Moments = queryClient.getQueryData(queryKey);
  queryClient.setQueryData(queryKey, (moments: Moments) => moments && make(moments));
  return () => queryClient.setQueryData(queryKey, before);
}

/** Refetch the list after the last pending change. */
function settle(videoId: string): Promise<void> | undefined {
  return queryClient.isMutating({ mutationKey: mutationKey(videoId) }) <= 1
    ? refreshMoments(videoId)
    : undefined;
}

const mutationKey = (videoId: string) => ["moments", videoId, "change"];

interface UpdateVariables {
  id: string;
  change: MomentUpdate;
}

/** Update a moment optimistically; rolled back on error. */
export function useUpdateMoment(videoId: string) {
  return useMutation({
    mutationKey: mutationKey(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: ({ id, change }: UpdateVariables) => updateMoment(videoId, id, change),
    onMutate: ({ id, change }) => applyOptimistically(videoId, (moments) => applyUpdate(moments, id, change)),
    onSuccess: (response, { id }) =>
      queryClient.setQueryData(
        momentsQuery(videoId).queryKey,
        (moments: Moments) => moments && applyServerResult(moments, id, response),
      ),
    onError: (_error, _change, rollback) => rollback?.(),
    onSettled: () => void settle(videoId),
  });
}

/** Add a moment of the user's own; the list shows it at once. */
export function useCreateMoment(videoId: string) {
  return useMutation({
    mutationKey: mutationKey(videoId),
    mutationFn: (moment: NewMoment) => createMoment(videoId, moment),
    onSuccess: (created) =>
      queryClient.setQueryData(momentsQuery(videoId).queryKey, (moments: Moments) => [
        ...(moments ?? []).filter(({ id }) => id !== created.id),
        created,
      ]),
    onSettled: () => void settle(videoId),
  });
}

/** Delete a moment optimistically and offer undo. */
export function useDeleteMoment(videoId: string) {
  const restoration = useMutation({
    mutationKey: mutationKey(videoId),
    mutationFn: (id: string) => restoreMoment(videoId, id),
    onError: (error) => toastError("Could not restore the moment", error),
    onSettled: () => settle(videoId),
  });
  return useMutation({
    mutationKey: mutationKey(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: (id: string) => deleteMoment(videoId, id),
    onMutate: (id) => applyOptimistically(videoId, (moments) => removeMoment(moments, id)),
    onSuccess: (_nothing, id) =>
      toast("Moment deleted", { action: { label: "Undo", onPress: () => restoration.mutate(id) } }),
    onError: (error, _id, rollback) => {
      rollback?.();
      toastError("Could not delete the moment", error);
    },
    onSettled: () => void settle(videoId),
  });
}

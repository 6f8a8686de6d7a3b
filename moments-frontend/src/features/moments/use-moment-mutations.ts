import { useMutation } from "@tanstack/react-query";
import {
  deleteMoment,
  type Moment,
  type MomentUpdate,
  momentsQuery,
  refreshMoments,
  restoreMoment,
  updateMoment,
} from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { toast, toastError } from "@/ui/Toasts";
import { applyServerResult, applyUpdate, removeMoment } from "./optimistic";

type Moments = Moment[] | null | undefined;

/** Show the list as it will be, and give the way back. What is being read meanwhile would undo it. */
async function applyOptimistically(videoId: string, make: (moments: readonly Moment[]) => Moment[]) {
  const { queryKey } = momentsQuery(videoId);
  await queryClient.cancelQueries({ queryKey });
  const before: Moments = queryClient.getQueryData(queryKey);
  queryClient.setQueryData(queryKey, (moments: Moments) => moments && make(moments));
  return () => queryClient.setQueryData(queryKey, before);
}

/** The list as the server has it, once the last of several changes is through. */
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

/** Mark, rename or cut a moment: seen at once, taken back where the API refuses. */
export function useUpdateMoment(videoId: string) {
  return useMutation({
    mutationKey: mutationKey(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: ({ id, change }: UpdateVariables) => updateMoment(videoId, id, change),
    onMutate: ({ id, change }) => applyOptimistically(videoId, (moments) => applyUpdate(moments, id, change)),
    onSuccess: (answer, { id }) =>
      queryClient.setQueryData(
        momentsQuery(videoId).queryKey,
        (moments: Moments) => moments && applyServerResult(moments, id, answer),
      ),
    onError: (_error, _change, back) => back?.(),
    onSettled: () => void settle(videoId),
  });
}

/** Delete at once, and offer the way back. */
export function useDeleteMoment(videoId: string) {
  const restoration = useMutation({
    mutationKey: mutationKey(videoId),
    mutationFn: (id: string) => restoreMoment(videoId, id),
    onError: (error) => toastError("The moment could not be brought back", error),
    onSettled: () => settle(videoId),
  });
  return useMutation({
    mutationKey: mutationKey(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: (id: string) => deleteMoment(videoId, id),
    onMutate: (id) => applyOptimistically(videoId, (moments) => removeMoment(moments, id)),
    onSuccess: (_nothing, id) =>
      toast("Moment deleted", { action: { label: "Undo", onPress: () => restoration.mutate(id) } }),
    onError: (error, _id, back) => {
      back?.();
      toastError("The moment could not be deleted", error);
    },
    onSettled: () => void settle(videoId),
  });
}

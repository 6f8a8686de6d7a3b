import { useMutation } from "@tanstack/react-query";
import {
  changeMoment,
  deleteMoment,
  type MomentChange,
  momentsQuery,
  refreshMoments,
  restoreMoment,
} from "@/api/moments";
import { queryClient } from "@/api/query-client";
import type { MarkedMoment } from "@/api/schema";
import { toast, toastError } from "@/ui/Toasts";
import { withAnswer, withChange, without } from "./changes";

type Moments = MarkedMoment[] | null | undefined;

/** Show the list as it will be, and give the way back. What is being read meanwhile would undo it. */
async function showAtOnce(videoId: string, make: (moments: readonly MarkedMoment[]) => MarkedMoment[]) {
  const { queryKey } = momentsQuery(videoId);
  await queryClient.cancelQueries({ queryKey });
  const before: Moments = queryClient.getQueryData(queryKey);
  queryClient.setQueryData(queryKey, (moments: Moments) => moments && make(moments));
  return () => queryClient.setQueryData(queryKey, before);
}

/** The list as the server has it, once the last of several changes is through. */
function settle(videoId: string): Promise<void> | undefined {
  return queryClient.isMutating({ mutationKey: keyOf(videoId) }) <= 1 ? refreshMoments(videoId) : undefined;
}

const keyOf = (videoId: string) => ["moments", videoId, "change"];

interface Change {
  id: string;
  change: MomentChange;
}

/** Mark, rename or cut a moment: seen at once, taken back where the API refuses. */
export function useChange(videoId: string) {
  return useMutation({
    mutationKey: keyOf(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: ({ id, change }: Change) => changeMoment(videoId, id, change),
    onMutate: ({ id, change }) => showAtOnce(videoId, (moments) => withChange(moments, id, change)),
    onSuccess: (answer, { id }) =>
      queryClient.setQueryData(
        momentsQuery(videoId).queryKey,
        (moments: Moments) => moments && withAnswer(moments, id, answer),
      ),
    onError: (_error, _change, back) => back?.(),
    onSettled: () => void settle(videoId),
  });
}

/** Delete at once, and offer the way back. */
export function useDeletion(videoId: string) {
  const restoration = useMutation({
    mutationKey: keyOf(videoId),
    mutationFn: (id: string) => restoreMoment(videoId, id),
    onError: (error) => toastError("The moment could not be brought back", error),
    onSettled: () => settle(videoId),
  });
  return useMutation({
    mutationKey: keyOf(videoId),
    scope: { id: `moments ${videoId}` },
    mutationFn: (id: string) => deleteMoment(videoId, id),
    onMutate: (id) => showAtOnce(videoId, (moments) => without(moments, id)),
    onSuccess: (_nothing, id) =>
      toast("Moment deleted", { action: { label: "Undo", onPress: () => restoration.mutate(id) } }),
    onError: (error, _id, back) => {
      back?.();
      toastError("The moment could not be deleted", error);
    },
    onSettled: () => void settle(videoId),
  });
}

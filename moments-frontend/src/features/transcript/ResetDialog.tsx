import { useMutation } from "@tanstack/react-query";
import { resetTranscript } from "@/api/transcript";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast, toastError } from "@/ui/Toasts";
import { undoChange } from "./undo";

/** Asks before all corrections are discarded. */
export function ResetDialog({ videoId, onClose }: { videoId: string; onClose: () => void }) {
  const reset = useMutation({
    mutationFn: () => resetTranscript(videoId),
    onSuccess: () =>
      toast("Transcript reset", { action: { label: "Undo", onPress: () => void undoChange(videoId) } }),
    onError: (error) => toastError("Could not reset the transcript", error),
    onSettled: onClose,
  });
  return (
    <ConfirmDialog
      title="Reset the transcript?"
      confirm="Reset"
      isOpen
      isPending={reset.isPending}
      onConfirm={() => reset.mutate()}
      onClose={onClose}
    >
      <p>
        This discards all corrections, or the imported text. The text of the last transcription applies again.
      </p>
    </ConfirmDialog>
  );
}

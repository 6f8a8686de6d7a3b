import { useMutation } from "@tanstack/react-query";
import { resetTranscript } from "@/api/transcript";
import { t } from "@/i18n";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { toast, toastError } from "@/ui/Toasts";
import { undoChange } from "./undo";

/** Asks before all corrections are discarded. */
export function ResetDialog({ videoId, onClose }: { videoId: string; onClose: () => void }) {
  const reset = useMutation({
    mutationFn: () => resetTranscript(videoId),
    onSuccess: () =>
      toast(t("transcript.transcriptReset"), {
        action: { label: t("common.undo"), onPress: () => void undoChange(videoId) },
      }),
    onError: (error) => toastError(t("transcript.couldNotResetTheTranscript"), error),
    onSettled: onClose,
  });
  return (
    <ConfirmDialog
      title={t("transcript.resetTheTranscript")}
      confirm={t("transcript.reset")}
      isOpen
      isPending={reset.isPending}
      onConfirm={() => reset.mutate()}
      onClose={onClose}
    >
      <p>{t("transcript.thisDiscardsAllCorrectionsOr")}</p>
    </ConfirmDialog>
  );
}

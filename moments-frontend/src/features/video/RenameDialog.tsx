import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { toApiError } from "@/api/errors";
import type { VideoSummary } from "@/api/schema";
import { renameVideo } from "@/api/videos";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { toast } from "@/ui/Toasts";

/** Changes a video's title; an empty one resets it to the file name. */
export function RenameDialog({
  video,
  onClose,
}: {
  video: Pick<VideoSummary, "id" | "title">;
  onClose: () => void;
}) {
  const [title, setTitle] = useState(video.title);
  const rename = useMutation({
    mutationFn: () => renameVideo(video.id, title.trim() || null),
    onSuccess: () => {
      toast(t("video.renamed"));
      onClose();
    },
  });
  return (
    <FormDialog
      title={t("video.rename")}
      submit={t("video.rename")}
      width="s"
      isPending={rename.isPending}
      onSubmit={() => rename.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t("common.title")}
        autoFocus
        maxLength={500}
        value={title}
        onChange={setTitle}
        description={t("video.renameHelp")}
        error={rename.isError ? sentence(toApiError(rename.error).problem.detail) : null}
      />
    </FormDialog>
  );
}

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { toApiError } from "@/api/errors";
import type { VideoSummary } from "@/api/schema";
import { renameVideo } from "@/api/videos";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
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
  const form = useId();
  const rename = useMutation({
    mutationFn: () => renameVideo(video.id, title.trim() || null),
    onSuccess: () => {
      toast("Renamed");
      onClose();
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    rename.mutate();
  }
  return (
    <Dialog
      title="Rename"
      isOpen
      onClose={onClose}
      width="s"
      actions={
        <>
          <Button onPress={onClose}>Cancel</Button>
          <Button type="submit" form={form} variant="primary" isPending={rename.isPending}>
            Rename
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={submit}>
        <TextField
          label="Title"
          autoFocus
          maxLength={500}
          value={title}
          onChange={setTitle}
          description="Leave empty to use the file name. The file itself is not renamed."
          error={rename.isError ? sentence(toApiError(rename.error).problem.detail) : null}
        />
      </form>
    </Dialog>
  );
}

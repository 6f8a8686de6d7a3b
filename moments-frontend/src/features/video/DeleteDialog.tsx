import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { VideoSummary } from "@/api/schema";
import { deleteVideo } from "@/api/videos";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Switch } from "@/ui/Switch";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./DeleteDialog.module.css";

interface DeleteDialogProps {
  video: Pick<VideoSummary, "id" | "title">;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ video, onClose, onDeleted }: DeleteDialogProps) {
  const [deleteLocal, setDeleteLocal] = useState(false);
  const removal = useMutation({
    mutationFn: () => deleteVideo(video.id, { deleteLocal }),
    onSuccess: () => {
      toast(`${video.title} deleted`);
      onDeleted();
    },
    onError: (error) => toastError(`Could not delete ${video.title}`, error),
  });
  return (
    <ConfirmDialog
      title={`Delete ${video.title}?`}
      confirm="Delete"
      isOpen
      isPending={removal.isPending}
      onConfirm={() => removal.mutate()}
      onClose={onClose}
    >
      <div className={styles.body}>
        <p>This deletes the video, its transcript, moments and clips from the library and the cloud.</p>
        <Switch isSelected={deleteLocal} onChange={setDeleteLocal}>
          Also delete the local file on the server
        </Switch>
        <p className={styles.warning}>Otherwise the next import of its folder adds the file again.</p>
      </div>
    </ConfirmDialog>
  );
}

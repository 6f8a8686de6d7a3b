import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { VideoDetail } from "@/api/schema";
import { deleteVideo } from "@/api/videos";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Switch } from "@/ui/Switch";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./DeleteDialog.module.css";

interface DeleteDialogProps {
  video: VideoDetail;
  onClose: () => void;
  onDeleted: () => void;
}

export function DeleteDialog({ video, onClose, onDeleted }: DeleteDialogProps) {
  const [deleteLocal, setDeleteLocal] = useState(false);
  const removal = useMutation({
    mutationFn: () => deleteVideo(video.id, { deleteLocal }),
    onSuccess: () => {
      toast(`${video.title} is deleted`);
      onDeleted();
    },
    onError: (error) => toastError(`${video.title} could not be deleted`, error),
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
        <p>The video goes from the library and the cloud, and with it its transcript, moments and clips.</p>
        <Switch isSelected={deleteLocal} onChange={setDeleteLocal}>
          Delete the file on the server’s machine too
        </Switch>
        <p className={styles.warning}>
          A file that stays there comes back when its folder is next brought into the library.
        </p>
      </div>
    </ConfirmDialog>
  );
}

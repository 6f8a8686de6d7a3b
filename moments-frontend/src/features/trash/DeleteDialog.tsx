import { useState } from "react";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Switch } from "@/ui/Switch";
import styles from "./Trash.module.css";

/** The videos that are deleted for good. */
export interface Deletion {
  /** All of the trash, or the listed videos. */
  ids: readonly string[] | "all";
  title: string;
  count: number;
  bytes: number;
}

interface DeleteDialogProps {
  deletion: Deletion;
  isPending: boolean;
  onConfirm: (deleteLocal: boolean) => void;
  onClose: () => void;
}

/** Shows what a final deletion would delete, and asks for confirmation. */
export function DeleteDialog({ deletion, isPending, onConfirm, onClose }: DeleteDialogProps) {
  const [deleteLocal, setDeleteLocal] = useState(false);
  const { title, count, bytes } = deletion;
  return (
    <ConfirmDialog
      title={title}
      confirm={t("trash.deleteCount", { count })}
      isOpen
      isPending={isPending}
      onConfirm={() => onConfirm(deleteLocal)}
      onClose={onClose}
    >
      <div className={styles.dialog}>
        <p>{t("trash.preview", { count, size: formatBytes(bytes) })}</p>
        <Switch isSelected={deleteLocal} onChange={setDeleteLocal}>
          {t("trash.deleteLocal")}
        </Switch>
        <p className={styles.hint}>{t("trash.deleteLocalHint")}</p>
      </div>
    </ConfirmDialog>
  );
}

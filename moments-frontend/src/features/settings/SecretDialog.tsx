import { Copy } from "lucide-react";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import styles from "./Settings.module.css";

interface SecretDialogProps {
  title: string;
  label: string;
  secret: string;
  help: string;
  onClose: () => void;
}

/** Shows a new key or secret, which the server does not return again. */
export function SecretDialog({ title, label, secret, help, onClose }: SecretDialogProps) {
  return (
    <Dialog
      title={title}
      isOpen
      isModal
      onClose={onClose}
      actions={
        <>
          <Button
            icon={<Copy aria-hidden />}
            onPress={() => void copyText(secret, t("settings.secretCopied"))}
          >
            {t("common.copy")}
          </Button>
          <Button variant="primary" onPress={onClose}>
            {t("settings.done")}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p>{help}</p>
        <TextField label={label} isReadOnly value={secret} className={styles.secret ?? ""} />
      </div>
    </Dialog>
  );
}

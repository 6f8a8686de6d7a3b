import { Plus } from "lucide-react";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { openUploadDialog } from "./dialog-store";
import styles from "./UploadButton.module.css";

export function UploadButton() {
  return (
    <Button variant="primary" icon={<Plus />} onPress={() => openUploadDialog()}>
      <span className={styles.text}>{t("upload.add")}</span>
    </Button>
  );
}

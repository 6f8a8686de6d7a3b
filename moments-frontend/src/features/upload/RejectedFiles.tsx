import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { dismissRejected, type RejectedFile, rejectionText } from "./rejected";
import { MAX_ROWS } from "./summary";
import styles from "./UploadPanel.module.css";

/** Lists the files that were not uploaded, each with its reason, until they are dismissed. */
export function RejectedFiles({ files }: { files: readonly RejectedFile[] }) {
  if (files.length === 0) return null;
  const more = files.length - MAX_ROWS;
  return (
    <section role="alert" aria-label={t("upload.rejected")} className={styles.rejected}>
      <div className={styles.rejectedTitle}>
        <h3>{t("upload.countRejected", { count: files.length })}</h3>
        <Button size="s" onPress={dismissRejected}>
          {t("upload.dismiss")}
        </Button>
      </div>
      <ul>
        {files.slice(0, MAX_ROWS).map((file) => (
          <li key={file.path}>
            <strong>{file.path}</strong>
            <span>{rejectionText(file)}</span>
          </li>
        ))}
        {more > 0 && <li>{t("upload.more", { count: more })}</li>}
      </ul>
    </section>
  );
}

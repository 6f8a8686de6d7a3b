import type { BulkOperation } from "@/api/bulk";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import styles from "./Trash.module.css";

const MAX_SHOWN = 100;

/** The videos that could not be deleted, each with its cause. */
export function Failures({ operation, onClose }: { operation: BulkOperation; onClose: () => void }) {
  return (
    <div role="alert" className={styles.failures}>
      <p>{t("trash.notDeleted", { count: operation.failed })}</p>
      <ul>
        {operation.failures.slice(0, MAX_SHOWN).map(({ video_id: id, detail }) => (
          <li key={id}>
            <strong>{id}</strong>: {sentence(detail)}
          </li>
        ))}
      </ul>
      <Button size="s" onPress={onClose}>
        {t("trash.dismiss")}
      </Button>
    </div>
  );
}

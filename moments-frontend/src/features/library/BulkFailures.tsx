import type { BulkOperation } from "@/api/bulk";
import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import styles from "./SelectionBar.module.css";

/** Failures shown before the rest is counted. */
const MAX_SHOWN = 100;

interface BulkFailuresProps {
  operation: BulkOperation;
  /** Known videos, for their titles. */
  titles: ReadonlyMap<string, VideoSummary>;
  onClose: () => void;
}

/** The videos that an action failed for, each with its cause. */
export function BulkFailures({ operation, titles, onClose }: BulkFailuresProps) {
  const { failures, failed } = operation;
  const more = failed - Math.min(failures.length, MAX_SHOWN);
  return (
    <div role="alert" className={styles.failures}>
      <p className={styles.failed}>{t("library.videosFailed", { count: failed })}</p>
      <ul>
        {failures.slice(0, MAX_SHOWN).map(({ video_id: id, detail }) => (
          <li key={id}>
            <strong>{titles.get(id)?.title ?? id}</strong>: {sentence(detail)}
          </li>
        ))}
        {more > 0 && <li>{t("library.moreFailed", { count: more })}</li>}
      </ul>
      <Button size="s" onPress={onClose}>
        {t("library.dismiss")}
      </Button>
    </div>
  );
}

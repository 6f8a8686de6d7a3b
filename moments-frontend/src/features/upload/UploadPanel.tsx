import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useState } from "react";
import { NO_RESPONSE } from "@/api/errors";
import { onRunFinished } from "@/api/run-events";
import type { RunState } from "@/api/schema";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import dock from "@/ui/Dock.module.css";
import { Progress } from "@/ui/Progress";
import { RejectedFiles } from "./RejectedFiles";
import { useRejected } from "./rejected";
import { getItems, removeFinished, type UploadItem, updateItem, useItems } from "./store";
import { MAX_ROWS, orderItems, type Summary, summarize } from "./summary";
import styles from "./UploadPanel.module.css";
import { UploadRow } from "./UploadRow";

/** Lists uploads and links being added, on every page. */
export function UploadPanel() {
  const items = useItems();
  const rejected = useRejected();
  const [isOpen, setOpen] = useState(true);
  const summary = summarize(items);
  useEffect(() => onRunFinished(finishDownload), []);
  return (
    <section aria-label={t("upload.panel")} className={dock.panel}>
      <Header
        summary={items.length > 0 ? summary : null}
        rejected={rejected.length}
        isOpen={isOpen}
        onToggle={() => setOpen(!isOpen)}
      />
      {isOpen && (
        <div className={dock.list}>
          <RejectedFiles files={rejected} />
          <Rows items={items} />
        </div>
      )}
    </section>
  );
}

interface HeaderProps {
  /** Null without uploads. */
  summary: Summary | null;
  /** Number of files that were not accepted. */
  rejected: number;
  isOpen: boolean;
  onToggle: () => void;
}

function Header({ summary, rejected, isOpen, onToggle }: HeaderProps) {
  return (
    <header className={dock.header}>
      <div role="status" className={dock.title}>
        <h2>{summary?.title ?? t("upload.countRejected", { count: rejected })}</h2>
      </div>
      {summary?.active === 0 && summary.finished > 0 && (
        <Button size="s" variant="ghost" onPress={removeFinished}>
          {t("upload.clear")}
        </Button>
      )}
      <IconButton
        size="s"
        label={t(isOpen ? "upload.collapse" : "upload.expand")}
        icon={isOpen ? <ChevronDown /> : <ChevronUp />}
        aria-expanded={isOpen}
        onPress={onToggle}
      />
      {summary?.percent != null && (
        <Progress className={styles.total} label={t("upload.total")} percent={summary.percent} />
      )}
    </header>
  );
}

function Rows({ items }: { items: readonly UploadItem[] }) {
  const more = items.length - MAX_ROWS;
  return (
    <ul aria-label={t("upload.panel")}>
      {orderItems(items)
        .slice(0, MAX_ROWS)
        .map((item) => (
          <UploadRow key={item.key} item={item} />
        ))}
      {more > 0 && <li className={styles.more}>{t("upload.more", { count: more })}</li>}
    </ul>
  );
}

/** Update the items of links whose run has finished. */
function finishDownload(run: RunState): void {
  const isOfRun = ({ kind, videoId, status }: UploadItem) =>
    run.kind === "moments" && kind === "link" && videoId === run.video_id && status === "downloading";
  for (const { key } of getItems().filter(isOfRun)) {
    if (run.status === "completed") updateItem(key, { status: "done", findMoments: false });
    else if (run.error) {
      const problem = { ...NO_RESPONSE, ...run.error };
      // The id that the run would have registered has no video if the library has another one.
      const existing = run.error.video_id;
      updateItem(
        key,
        existing ? { status: "duplicate", videoId: existing, problem } : { status: "failed", problem },
      );
    }
  }
}

import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import dock from "@/ui/Dock.module.css";
import { Progress } from "@/ui/Progress";
import { useAutoCollapse } from "@/ui/use-auto-collapse";
import { RejectedFiles } from "./RejectedFiles";
import { useRejected } from "./rejected";
import { removeFinished, type UploadItem, useItems } from "./store";
import { MAX_ROWS, orderItems, type Summary, summarize } from "./summary";
import styles from "./UploadPanel.module.css";
import { UploadRow } from "./UploadRow";

/** Lists uploads and links being added, on every page. */
export function UploadPanel() {
  const items = useItems();
  const rejected = useRejected();
  const summary = summarize(items);
  const [isOpen, setOpen] = useState(true);
  const panel = useRef<HTMLElement>(null);
  const isIdle = summary.active === 0 && summary.processing === 0;
  useAutoCollapse(panel, { isOpen, isIdle, collapse: () => setOpen(false) });
  const known = useRef(items.length);
  useEffect(() => {
    if (items.length > known.current) setOpen(true); // something was added
    known.current = items.length;
  }, [items.length]);
  return (
    <section ref={panel} aria-label={t("upload.panel")} className={cx(dock.panel, !isOpen && dock.collapsed)}>
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

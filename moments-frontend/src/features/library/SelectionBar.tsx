import { CheckCheck, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { VideoSummary } from "@/api/schema";
import type { VideoQuery } from "@/api/videos";
import { t } from "@/i18n";
import type { ListSelection } from "@/lib/use-selection";
import { Button, IconButton } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { BulkActions } from "./BulkActions";
import { BulkFailures } from "./BulkFailures";
import { bulkTitle } from "./bulk-text";
import styles from "./SelectionBar.module.css";
import { type BulkRun, useBulkRun } from "./use-bulk-run";

interface SelectionBarProps {
  selection: ListSelection<VideoSummary>;
  /** Number of videos that match the filter. */
  total: number;
  query: VideoQuery;
}

/** Number of selected videos, and the actions for them. Replaces the heading of the list. */
export function SelectionBar({ selection, total, query }: SelectionBarProps) {
  const count = selection.count(total);
  const run = useBulkRun(selection);
  const { sort: _sort, order: _order, ...filter } = query;
  const ids = [...selection.items.keys()];
  const target = selection.isAll ? { filter, except_ids: ids, expected: count } : { ids };
  return (
    <section aria-label={t("library.selection")} className={styles.bar}>
      <div className={styles.row}>
        <IconButton
          label={t("library.closeSelection")}
          shortcut="Esc"
          icon={<X />}
          onPress={selection.stop}
        />
        <p role="status" className={styles.count}>
          {run.operation ? bulkTitle(run.operation) : t("library.selected", { count })}
        </p>
        {run.operation ? (
          <Button onPress={run.cancel}>{t("library.stop")}</Button>
        ) : (
          <>
            {!(selection.isAll && count === total) && (
              <Button variant="ghost" icon={<CheckCheck aria-hidden />} onPress={selection.selectAll}>
                {t("library.selectAll", { count: total })}
              </Button>
            )}
            <BulkActions
              count={count}
              isPending={run.isStarting}
              onStart={(...args) => run.start(target, ...args)}
            />
          </>
        )}
      </div>
      {run.operation && <RunProgress run={run} />}
      {run.result && <BulkFailures operation={run.result} titles={selection.items} onClose={run.clear} />}
    </section>
  );
}

/** Time after which the progress is displayed: most actions are faster. */
const LATE_MS = 300;

function RunProgress({ run: { operation } }: { run: BulkRun }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), LATE_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!operation || !isLate) return null;
  const percent = operation.total > 0 ? (100 * operation.done) / operation.total : null;
  return <Progress className={styles.progress ?? ""} label={bulkTitle(operation)} percent={percent} />;
}

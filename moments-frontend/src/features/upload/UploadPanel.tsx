import { ChevronDown, ChevronUp } from "lucide-react";
import { useEffect, useState } from "react";
import { NO_RESPONSE } from "@/api/errors";
import { onRunFinished } from "@/api/run-events";
import type { RunState } from "@/api/schema";
import { plural } from "@/lib/format";
import { Button, IconButton } from "@/ui/Button";
import { FINISHED, getItems, removeFinished, type UploadItem, updateItem, useItems } from "./store";
import styles from "./UploadPanel.module.css";
import { UploadRow } from "./UploadRow";

/** Lists uploads and links being added, on every page. */
export function UploadPanel() {
  const items = useItems();
  const [isOpen, setOpen] = useState(true);
  const incomplete = items.filter(({ status }) => status === "incomplete").length;
  const finished = items.filter(({ status }) => FINISHED.includes(status)).length;
  const active = items.length - finished - incomplete;
  useEffect(() => onRunFinished(finishDownload), []);
  return (
    <section aria-label="Uploads" className={styles.panel}>
      <header className={styles.header}>
        <div role="status" className={styles.title}>
          <h2>{titleOf(active, incomplete)}</h2>
        </div>
        {active === 0 && finished > 0 && (
          <Button size="s" variant="ghost" onPress={removeFinished}>
            Clear
          </Button>
        )}
        <IconButton
          size="s"
          label={isOpen ? "Collapse" : "Expand"}
          icon={isOpen ? <ChevronDown /> : <ChevronUp />}
          aria-expanded={isOpen}
          onPress={() => setOpen(!isOpen)}
        />
      </header>
      {isOpen && (
        <ul className={styles.list}>
          {items.map((item) => (
            <UploadRow key={item.key} item={item} />
          ))}
        </ul>
      )}
    </section>
  );
}

function titleOf(active: number, incomplete: number): string {
  if (active > 0) return `Adding ${plural(active, "video")}`;
  return incomplete > 0 ? plural(incomplete, "incomplete upload") : "All done";
}

/** Update the items of links whose run has finished. */
function finishDownload(run: RunState): void {
  const isOfRun = ({ kind, videoId, status }: UploadItem) =>
    run.kind === "moments" && kind === "link" && videoId === run.video_id && status === "downloading";
  for (const { key } of getItems().filter(isOfRun)) {
    if (run.status === "completed") updateItem(key, { status: "done", findMoments: false });
    else if (run.error) {
      const problem = { ...NO_RESPONSE, ...run.error };
      updateItem(key, { status: "failed", problem });
      // The id that the run would have registered has no video then.
      if (run.error.type === "same-content") updateItem(key, { videoId: null });
    }
  }
}

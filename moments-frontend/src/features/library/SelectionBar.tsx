import { CheckCheck, X } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { problemText } from "@/api/errors";
import type { VideoSummary } from "@/api/schema";
import { plural } from "@/lib/format";
import type { ListSelection } from "@/lib/use-selection";
import { Button, IconButton } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { type BulkResult, type Outcome, runForEach } from "./bulk";
import styles from "./SelectionBar.module.css";

/** Something that can be done to all selected videos. */
export interface BulkAction {
  id: string;
  label: string;
  icon: ReactNode;
  run: (video: VideoSummary) => Promise<Outcome>;
  /** The result as one sentence. */
  summary: (done: number, skipped: number) => string;
  /** A button of the result's message. */
  followUp?: { label: string; onPress: () => void };
}

interface SelectionBarProps {
  selection: ListSelection<VideoSummary>;
  /** Number of videos in the list. */
  shown: number;
  actions: readonly BulkAction[];
}

/** Number of selected videos, and the actions for them. Replaces the heading of the list. */
export function SelectionBar({ selection, shown, actions }: SelectionBarProps) {
  const { items, stop, selectShown } = selection;
  const { progress, result, start, cancel, clear } = useBulkRun(selection);
  const count = items.size;
  return (
    <section aria-label="Selection" className={styles.bar}>
      <div className={styles.row}>
        <IconButton label="Close selection" shortcut="Esc" icon={<X />} onPress={stop} />
        <p role="status" className={styles.count}>
          {progress === null
            ? `${count} selected`
            : `${progress.label} ${progress.finished + 1} of ${count}…`}
        </p>
        {progress === null ? (
          <>
            <Button variant="ghost" icon={<CheckCheck aria-hidden />} onPress={selectShown}>
              Select all {shown} shown
            </Button>
            {actions.map((action) => (
              <Button
                key={action.id}
                variant="primary"
                icon={action.icon}
                isDisabled={count === 0}
                onPress={() => void start(action)}
              >
                {action.label}
              </Button>
            ))}
          </>
        ) : (
          <Button onPress={cancel}>Stop</Button>
        )}
      </div>
      {result && <Failures result={result} onClose={clear} />}
    </section>
  );
}

interface Progress {
  label: string;
  finished: number;
}

/** Run an action for the selection; failed and remaining videos stay selected. */
function useBulkRun({ items, retain, stop }: ListSelection<VideoSummary>) {
  const [progress, setProgress] = useState<Progress | null>(null);
  const [result, setResult] = useState<BulkResult<VideoSummary> | null>(null);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);

  async function start(action: BulkAction) {
    const own = new AbortController();
    controller.current = own;
    setResult(null);
    const onProgress = (finished: number) => setProgress({ label: action.label, finished });
    const options = { signal: own.signal, onProgress };
    const ended = await runForEach([...items.values()], action.run, options);
    setProgress(null);
    const { done, skipped, failures, rest } = ended;
    if (done.length + skipped.length > 0) {
      const { followUp } = action;
      toast(action.summary(done.length, skipped.length), followUp ? { action: followUp } : {});
    }
    if (failures.length + rest.length === 0) return stop();
    retain(new Set([...failures.map(({ item }) => item.id), ...rest.map(({ id }) => id)]));
    setResult(ended);
  }
  return {
    progress,
    result,
    start,
    cancel: () => controller.current?.abort(),
    clear: () => setResult(null),
  };
}

/** Names shown before the rest is counted. */
const SHOWN_FAILURES = 5;

function Failures({ result, onClose }: { result: BulkResult<VideoSummary>; onClose: () => void }) {
  const { failures, rest } = result;
  if (failures.length === 0) return null;
  return (
    <div role="alert" className={styles.failures}>
      <p className={styles.failed}>
        {plural(failures.length, "video")} failed
        {rest.length > 0 && `, ${plural(rest.length, "video")} not attempted`}
      </p>
      <ul>
        {failures.slice(0, SHOWN_FAILURES).map(({ item, problem }) => (
          <li key={item.id}>
            <strong>{item.title}</strong>: {problemText(problem)}
          </li>
        ))}
        {failures.length > SHOWN_FAILURES && <li>and {failures.length - SHOWN_FAILURES} more</li>}
      </ul>
      <Button size="s" onPress={onClose}>
        Dismiss
      </Button>
    </div>
  );
}

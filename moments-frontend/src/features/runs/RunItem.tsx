import { ChevronDown } from "lucide-react";
import { memo, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Disclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import { Heading } from "react-aria-components/Heading";
import { Link } from "wouter";
import { problemText } from "@/api/errors";
import { translateProblem } from "@/api/problem-texts";
import { cancelRun, isActive, retryRun } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { STAGE_INFO, stageOf } from "@/api/stages";
import { useThumbnailUrl } from "@/api/thumbnails";
import { t } from "@/i18n";
import { formatAgo, formatDuration, formatExactDate } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { useNow } from "@/lib/use-now";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./RunItem.module.css";
import { RunStages } from "./RunStages";
import {
  elapsedSeconds,
  estimatedRemaining,
  foundMoments,
  percentOf,
  STATUS_LABELS,
  shouldExpand,
} from "./stages";

const TONES: Record<RunState["status"], Tone> = {
  queued: "neutral",
  processing: "accent",
  completed: "good",
  failed: "bad",
  cancelled: "warn",
};

/** A run in the list, with its stages on demand. */
export const RunItem = memo(function RunItem({ run }: { run: RunState }) {
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const thumbnail = useThumbnailUrl(run.video_id);
  return (
    <li>
      <Disclosure
        className={styles.run ?? ""}
        isExpanded={isOpen ?? shouldExpand(run)}
        onExpandedChange={setOpen}
      >
        <div className={styles.head}>
          <img
            className={styles.thumbnail}
            src={thumbnail}
            alt=""
            width="96"
            height="54"
            loading="lazy"
            onError={(event) => {
              event.currentTarget.style.visibility = "hidden";
            }}
            onLoad={(event) => {
              event.currentTarget.style.visibility = "";
            }}
          />
          <Summary run={run} />
          <div className={styles.actions}>
            <Actions run={run} />
            <Heading level={3} className={styles.toggleHeading}>
              <AriaButton
                slot="trigger"
                className={styles.toggle ?? ""}
                aria-label={t("runs.stagesOf", { name: isCopy(run) ? nameOf(run) : run.title })}
              >
                <ChevronDown aria-hidden />
              </AriaButton>
            </Heading>
          </div>
        </div>
        {isActive(run) && (
          <Progress
            className={styles.bar ?? ""}
            label={t("runs.progressOf", { name: isCopy(run) ? nameOf(run) : run.title })}
            percent={percentOf(run)}
          />
        )}
        {run.status === "failed" && <Failure run={run} />}
        <DisclosurePanel>
          <RunStages run={run} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
});

const isCopy = ({ kind }: RunState) => kind === "playback";

/** The run's name for screen readers. */
function nameOf(run: RunState): string {
  return t(isCopy(run) ? "runs.copyOf" : "runs.runOf", { title: run.title });
}

/** Cause of a failed run, and what to do. */
function Failure({ run }: { run: RunState }) {
  if (!run.error) return null;
  const error = translateProblem(run.error);
  return (
    <div className={styles.error} role="alert">
      <strong>{error.title}.</strong> {problemText(error)}
      <ExistingVideo run={run} />
    </div>
  );
}

/** The video that the library has already instead of the run's own. */
function ExistingVideo({ run }: { run: RunState }) {
  const id = run.error?.video_id ?? null;
  if (id === null) return null;
  return (
    <Link className={styles.existing} to={watchPath(id)} aria-label={t("runs.watchExisting", { id })}>
      {t("runs.watch")}
    </Link>
  );
}

function Summary({ run }: { run: RunState }) {
  return (
    <div className={styles.summary}>
      <h2 className={styles.name}>
        <Link to={watchPath(run.video_id)}>{run.title}</Link>
      </h2>
      <p className={styles.facts}>
        <Badge tone={TONES[run.status]}>
          {run.cancel_requested && isActive(run) ? t("runs.cancelling") : t(STATUS_LABELS[run.status])}
        </Badge>
        {isCopy(run) && <span>{t("runs.playbackCopy")}</span>}
        <time dateTime={run.created_at} title={formatExactDate(run.created_at)}>
          {formatAgo(run.created_at)}
        </time>
        <Times run={run} />
        <Found run={run} />
      </p>
      {run.source_url && <p className={styles.source}>{run.source_url}</p>}
    </div>
  );
}

function Actions({ run }: { run: RunState }) {
  const [isPending, setPending] = useState(false);
  async function perform(action: typeof cancelRun, success: string, failure: string) {
    setPending(true);
    try {
      await action(run.video_id, run.kind);
      toast(success);
    } catch (error) {
      toastError(failure, error);
    } finally {
      setPending(false);
    }
  }
  if (isActive(run))
    return (
      <Button
        size="s"
        isPending={isPending}
        isDisabled={run.cancel_requested}
        aria-label={t("runs.cancelRun", { name: nameOf(run) })}
        onPress={() => void perform(cancelRun, t("runs.cancellingRun"), t("runs.couldNotCancel"))}
      >
        {t("common.cancel")}
      </Button>
    );
  if (run.status === "completed") return null;
  return (
    <Button
      size="s"
      variant={run.status === "failed" ? "primary" : "secondary"}
      isPending={isPending}
      aria-label={t("runs.retryRun", { name: nameOf(run) })}
      onPress={() => void perform(retryRun, t("runs.resumed"), t("runs.couldNotRetry"))}
    >
      {t("common.retry")}
    </Button>
  );
}

/** The run's duration and the estimated remaining time of the current stage. */
function Times({ run }: { run: RunState }) {
  const active = isActive(run);
  const now = useNow(active);
  const elapsed = elapsedSeconds(run, now);
  const stage = run.current_stage;
  const remaining = stage && active ? estimatedRemaining(stageOf(run, stage), now) : null;
  if (elapsed === null) return null;
  return (
    <span className="tabular">
      {t(active ? "runs.forDuration" : "runs.tookDuration", { duration: formatDuration(elapsed) })}
      {stage &&
        remaining !== null &&
        ` · ${t("runs.left", { stage: t(STAGE_INFO[stage].label), duration: formatDuration(remaining) })}`}
    </span>
  );
}

/** Number of moments that the run has found. */
function Found({ run }: { run: RunState }) {
  const count = foundMoments(run);
  return count === null ? null : <span>{t("runs.momentsFound", { count })}</span>;
}

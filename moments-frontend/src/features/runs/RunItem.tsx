import {
  Ban,
  Check,
  ChevronDown,
  Circle,
  Clock,
  LoaderCircle,
  SkipForward,
  TriangleAlert,
} from "lucide-react";
import { memo, type ReactNode, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Disclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import { Heading } from "react-aria-components/Heading";
import { Link } from "wouter";
import { cancelRun, isActive, retryRun, STAGES, stageOf } from "@/api/runs";
import type { RunState, StageState } from "@/api/schema";
import { watchPath } from "@/api/videos";
import { formatAgo, formatDuration, formatExactDate } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Progress } from "@/ui/Progress";
import { sentence } from "@/ui/State";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./RunItem.module.css";
import { elapsed, isOfInterest, percentOf, STAGE_NAMES, STATUS_NAMES, stageFacts, stageLeft } from "./stages";
import { useNow } from "./use-now";

const TONES: Record<RunState["status"], Tone> = {
  queued: "neutral",
  processing: "accent",
  completed: "good",
  failed: "bad",
  cancelled: "warn",
};

/** One run: what it is about, how far it is, and on demand stage by stage. */
export const RunItem = memo(function RunItem({ run }: { run: RunState }) {
  const [isOpen, setOpen] = useState<boolean | null>(null);
  const [isPending, setPending] = useState(false);
  const active = isActive(run);

  const act = async (what: (videoId: string) => Promise<void>, done: string, failed: string) => {
    setPending(true);
    try {
      await what(run.video_id);
      toast(done);
    } catch (error) {
      toastError(failed, error);
    } finally {
      setPending(false);
    }
  };

  return (
    <li>
      <Disclosure
        className={styles.run ?? ""}
        isExpanded={isOpen ?? isOfInterest(run)}
        onExpandedChange={setOpen}
      >
        <div className={styles.head}>
          <img
            className={styles.picture}
            src={`/api/videos/${encodeURIComponent(run.video_id)}/thumbnail`}
            alt=""
            width="96"
            height="54"
            loading="lazy"
            onError={(event) => {
              event.currentTarget.style.visibility = "hidden";
            }}
          />
          <div className={styles.what}>
            <h2 className={styles.name}>
              <Link to={watchPath(run.video_id)}>{run.title}</Link>
            </h2>
            <p className={styles.facts}>
              <Badge tone={TONES[run.status]}>
                {run.cancel_requested && active ? "Stopping …" : STATUS_NAMES[run.status]}
              </Badge>
              <time dateTime={run.created_at} title={formatExactDate(run.created_at)}>
                {formatAgo(run.created_at)}
              </time>
              <Times run={run} />
            </p>
            {run.source_url && <p className={styles.source}>{run.source_url}</p>}
          </div>
          <div className={styles.actions}>
            {active && (
              <Button
                size="s"
                isPending={isPending}
                isDisabled={run.cancel_requested}
                aria-label={`Cancel the run of ${run.title}`}
                onPress={() => void act(cancelRun, "The run is being stopped", "It could not be cancelled")}
              >
                Cancel
              </Button>
            )}
            {(run.status === "failed" || run.status === "cancelled") && (
              <Button
                size="s"
                variant={run.status === "failed" ? "primary" : "secondary"}
                isPending={isPending}
                aria-label={`Retry the run of ${run.title}`}
                onPress={() =>
                  void act(retryRun, "It goes on where it stopped", "It could not be tried again")
                }
              >
                Retry
              </Button>
            )}
            <Heading level={3} className={styles.toggleHeading}>
              <AriaButton
                slot="trigger"
                className={styles.toggle ?? ""}
                aria-label={`Stages of ${run.title}`}
              >
                <ChevronDown aria-hidden />
              </AriaButton>
            </Heading>
          </div>
        </div>
        {active && (
          <Progress className={styles.bar ?? ""} label={`The run of ${run.title}`} percent={percentOf(run)} />
        )}
        {run.error && run.status === "failed" && (
          <div className={styles.error} role="alert">
            <strong>{run.error.title}.</strong> {sentence(run.error.detail)}
            {run.error.remedy && ` ${sentence(run.error.remedy)}`}
          </div>
        )}
        <DisclosurePanel className={styles.panel ?? ""}>
          <ol className={styles.stages}>
            {STAGES.map((name) => (
              <StageLine key={name} name={STAGE_NAMES[name]} stage={stageOf(run, name)} />
            ))}
          </ol>
          <Options run={run} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  );
});

/** How long it took, or takes so far, and what is left of the stage at work. */
function Times({ run }: { run: RunState }) {
  const now = useNow(isActive(run));
  const taken = elapsed(run, now);
  const left = run.current_stage && isActive(run) ? stageLeft(stageOf(run, run.current_stage), now) : null;
  if (taken === null) return null;
  return (
    <span className="tabular">
      {isActive(run) ? `for ${formatDuration(taken)}` : `took ${formatDuration(taken)}`}
      {left !== null &&
        run.current_stage &&
        ` · ${STAGE_NAMES[run.current_stage]}: ${formatDuration(left)} left`}
    </span>
  );
}

const ICONS: Record<StageState["status"], ReactNode> = {
  pending: <Circle />,
  waiting: <Clock />,
  processing: <LoaderCircle />,
  completed: <Check />,
  skipped: <SkipForward />,
  failed: <TriangleAlert />,
  cancelled: <Ban />,
};

function StageLine({ name, stage }: { name: string; stage: StageState }) {
  return (
    <li className={cx(styles.stage, styles[stage.status])}>
      <span aria-hidden className={styles.icon}>
        {ICONS[stage.status]}
      </span>
      <span className={styles.stageName}>{name}</span>
      <span className="visually-hidden">, {stage.status}</span>
      <span className={cx(styles.stageFacts, "tabular")}>{stageFacts(stage)}</span>
    </li>
  );
}

function Options({ run }: { run: RunState }) {
  const { options } = run;
  return (
    <dl className={styles.options}>
      <div>
        <dt>Length of moments</dt>
        <dd>
          {formatDuration(options.min_moment_length)} to {formatDuration(options.max_moment_length)}
        </dd>
      </div>
      <div>
        <dt>Number</dt>
        <dd>
          {options.min_moments} to {options.max_moments}
        </dd>
      </div>
      {options.user_prompt && (
        <div>
          <dt>Prompt</dt>
          <dd>{options.user_prompt}</dd>
        </div>
      )}
    </dl>
  );
}

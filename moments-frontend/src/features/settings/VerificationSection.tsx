import { useMutation, useQuery } from "@tanstack/react-query";
import { ShieldCheck } from "lucide-react";
import { Link } from "wouter";
import type { VerificationProblem, VerificationStatus } from "@/api/schema";
import { startVerification, verificationQuery } from "@/api/storage-status";
import { type TextKey, t } from "@/i18n";
import { formatExactDate, sentence } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { Badge, type Tone } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import { toast, toastError } from "@/ui/Toasts";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

const STATES: Record<VerificationStatus["state"], { text: TextKey; tone: Tone }> = {
  off: { text: "settings.verificationOff", tone: "neutral" },
  idle: { text: "settings.verificationIdle", tone: "neutral" },
  running: { text: "settings.verificationRunning", tone: "accent" },
  waiting: { text: "settings.verificationWaiting", tone: "warn" },
};

/** Comparison of all videos with the bucket: schedule, progress, problems. */
export function VerificationSection() {
  const verification = useQuery(verificationQuery());
  const start = useMutation({
    mutationFn: startVerification,
    onSuccess: () => toast(t("settings.verificationStarted")),
    onError: (error) => toastError(t("settings.couldNotStartVerification"), error),
  });
  const isActive = ["running", "waiting"].includes(verification.data?.state ?? "");
  return (
    <Section
      id="verification"
      title={t("settings.verification")}
      intro={t("settings.verificationHelp")}
      actions={
        <Button
          size="s"
          icon={<ShieldCheck aria-hidden />}
          isDisabled={isActive || !verification.data}
          isPending={start.isPending}
          onPress={() => start.mutate()}
        >
          {t("settings.verifyNow")}
        </Button>
      }
    >
      <Loaded query={verification}>{(status) => <Status status={status} />}</Loaded>
    </Section>
  );
}

function Status({ status }: { status: VerificationStatus }) {
  const { state, round, total, verified, problems, problem_count: count } = status;
  const { text, tone } = STATES[state];
  return (
    <>
      <p>
        <Badge tone={tone}>{t(text)}</Badge> {scheduleText(status)}
      </p>
      {round && round.finished_at === null && (
        <Progress
          label={t("settings.verificationRunning")}
          percent={total > 0 ? Math.min(100, (round.checked / total) * 100) : null}
        />
      )}
      {round && <p className={styles.facts}>{roundText(status)}</p>}
      {round?.error && <p className={styles.error}>{sentence(round.error)}</p>}
      <p className={styles.facts}>{t("settings.verifiedVideos", { count: total, verified })}</p>
      {count > 0 && <Problems problems={problems} count={count} />}
    </>
  );
}

function scheduleText({ every_days: days, next_at: next }: VerificationStatus): string {
  if (days === 0) return t("settings.notScheduled");
  const every = t("settings.everyDays", { count: days });
  return next ? `${every} ${t("settings.nextRound", { date: formatExactDate(next) })}` : every;
}

function roundText({ round }: VerificationStatus): string {
  if (!round) return "";
  const { checked, started_at, finished_at } = round;
  const found = t("settings.problemCount", { count: round.problems });
  if (finished_at === null) {
    return `${t("settings.roundActive", { count: checked, date: formatExactDate(started_at) })} ${found}`;
  }
  return `${t("settings.roundFinished", { count: checked, date: formatExactDate(finished_at) })} ${found}`;
}

function Problems({ problems, count }: { problems: readonly VerificationProblem[]; count: number }) {
  return (
    <>
      <ul className={styles.rows} aria-label={t("settings.problems")}>
        {problems.map(({ id, title, kind, detail }) => (
          <li key={id} className={styles.row}>
            <div className={styles.text}>
              <p className={styles.name}>
                <Link to={watchPath(id)}>{title ?? id}</Link> <Badge tone="bad">{kind}</Badge>
              </p>
              <p className={styles.facts}>{sentence(detail)}</p>
            </div>
          </li>
        ))}
      </ul>
      {count > problems.length && (
        <p className={styles.facts}>{t("settings.moreProblems", { count: count - problems.length })}</p>
      )}
    </>
  );
}

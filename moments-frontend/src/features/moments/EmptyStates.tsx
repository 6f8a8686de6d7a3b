import { useQuery } from "@tanstack/react-query";
import { Bookmark, SearchX, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { useStartRun } from "@/api/use-run";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { toastError } from "@/ui/Toasts";
import { emptyReason } from "./empty-reason";
import styles from "./MomentsPanel.module.css";
import { RetryButton, RunBanner, RunProgress } from "./RunBanner";
import { findsMoments } from "./run-options";

interface StateProps {
  videoId: string;
  run: RunState | null | undefined;
  onOpenOptions: () => void;
}

/** Shown while a video has no moments document: not generated, running, failed or cancelled. */
export function NotGenerated({ videoId, run, onOpenOptions }: StateProps) {
  const start = useStartRun(videoId);
  if (run && isActive(run)) return <Generating run={run} />;
  if (run?.status === "completed" && findsMoments(run))
    return <NoMoments videoId={videoId} run={run} hasDocument={false} onOpenOptions={onOpenOptions} />;
  const isCancelled = run?.status === "cancelled";
  return (
    <>
      {run && <RunBanner run={run} />}
      <EmptyState
        isSmall
        icon={<Sparkles />}
        title={isCancelled ? t("moments.runCancelled") : t("moments.noMomentsYet")}
        actions={
          <>
            {isCancelled && <RetryButton videoId={videoId}>{t("moments.resume")}</RetryButton>}
            <Button
              variant="primary"
              isPending={start.isPending}
              onPress={() =>
                start.mutate({}, { onError: (error) => toastError(t("moments.couldNotStartTheRun"), error) })
              }
            >
              {t("moments.findMoments")}
            </Button>
            <Button variant="ghost" onPress={onOpenOptions}>
              {t("moments.options")}
            </Button>
          </>
        }
      >
        <p>{t("moments.momentsAreTheHighlightsOf")}</p>
      </EmptyState>
    </>
  );
}

function Generating({ run }: { run: RunState }) {
  return (
    <>
      <RunProgress run={run} />
      {findsMoments(run) ? (
        <EmptyState isSmall icon={<Sparkles />} title={t("moments.findingMoments")}>
          <p>{t("moments.theyAppearHereWhenReady")}</p>
        </EmptyState>
      ) : (
        <EmptyState isSmall icon={<Sparkles />} title={t("moments.noMomentsYet")}>
          <p>{t("moments.youCanFindMomentsWhen")}</p>
        </EmptyState>
      )}
    </>
  );
}

interface NoMomentsProps extends StateProps {
  /** True if the moments document exists, even if empty. */
  hasDocument: boolean;
}

/** Shown if the search found no moments or all were deleted. */
export function NoMoments({ videoId, run, hasDocument, onOpenOptions }: NoMomentsProps) {
  const transcript = useQuery(transcriptQuery(videoId)).data;
  if (run && isActive(run)) return <Generating run={run} />;
  const hasWords = !transcript || transcript.segment_timestamps.length > 0;
  const { title, text, isAboutLengths } = emptyReason(run, { hasDocument, hasWords });
  return (
    <>
      {run && <RunBanner run={run} />}
      <EmptyState
        isSmall
        icon={<SearchX />}
        title={title}
        actions={
          <Button variant="primary" onPress={onOpenOptions}>
            {t("moments.findMomentsAgain")}
          </Button>
        }
      >
        <p>{sentence(text)}</p>
        {isAboutLengths && <p>{t("moments.tryOtherLengths")}</p>}
      </EmptyState>
    </>
  );
}

/** Skeleton cards of the final size. */
export function Loading() {
  return (
    <div className={styles.list} aria-busy>
      {[1, 2, 3, 4].map((card) => (
        <div key={card} className={styles.loadingCard}>
          <Skeleton width="70%" height="1.2rem" />
          <Skeleton width="40%" height="0.9rem" />
          <Skeleton height="2.6rem" />
          <Skeleton width="55%" height="1.4rem" />
        </div>
      ))}
    </div>
  );
}

/** Hint about keeping moments, shown below the list. */
export function KeepHint(): ReactNode {
  return (
    <p className={styles.hint}>
      <Bookmark aria-hidden />
      <span>{t("moments.keptMomentsStayWhenYou")}</span>
    </p>
  );
}

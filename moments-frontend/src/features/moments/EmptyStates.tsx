import { Bookmark, SearchX, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { useStartRun } from "@/api/use-run";
import { sentence } from "@/lib/format";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { toastError } from "@/ui/Toasts";
import { emptyReason } from "./empty-reason";
import styles from "./MomentsPanel.module.css";
import { RetryButton, RunBanner, RunProgress } from "./RunBanner";

interface StateProps {
  videoId: string;
  run: RunState | null | undefined;
  onAsk: () => void;
}

/** Nobody has looked for moments yet; or somebody does just now; or has tried. */
export function NotGenerated({ videoId, run, onAsk }: StateProps) {
  const start = useStartRun(videoId);
  if (run && isActive(run)) return <Generating run={run} />;
  if (run?.status === "completed") return <NoMoments run={run} wasLooked={false} onAsk={onAsk} />;
  const isCancelled = run?.status === "cancelled";
  return (
    <>
      {run && <RunBanner run={run} />}
      <EmptyState
        isSmall
        icon={<Sparkles />}
        title={isCancelled ? "The search was cancelled" : "No moments yet"}
        actions={
          <>
            {isCancelled && <RetryButton videoId={videoId}>Go on with it</RetryButton>}
            <Button
              variant="primary"
              isPending={start.isPending}
              onPress={() =>
                start.mutate({}, { onError: (error) => toastError("That could not be started", error) })
              }
            >
              Find moments
            </Button>
            <Button variant="ghost" onPress={onAsk}>
              Choose how
            </Button>
          </>
        }
      >
        <p>
          Moments are the parts worth sharing: the video is listened to, written down, and its best parts are
          cut as clips. It takes a while, and you can leave this page meanwhile.
        </p>
      </EmptyState>
    </>
  );
}

function Generating({ run }: { run: RunState }) {
  return (
    <>
      <RunProgress run={run} />
      <EmptyState isSmall icon={<Sparkles />} title="The moments are being found">
        <p>They appear here as soon as there are any. You can leave this page meanwhile.</p>
      </EmptyState>
    </>
  );
}

interface NoMomentsProps extends Omit<StateProps, "videoId"> {
  /** Whether there is a list of moments, if an empty one. */
  wasLooked: boolean;
}

/** The search found none, or all of them are deleted. */
export function NoMoments({ run, wasLooked, onAsk }: NoMomentsProps) {
  if (run && isActive(run)) return <Generating run={run} />;
  const { title, text, isAboutLengths } = emptyReason(run, wasLooked);
  return (
    <>
      {run && <RunBanner run={run} />}
      <EmptyState
        isSmall
        icon={<SearchX />}
        title={title}
        actions={
          <Button variant="primary" onPress={onAsk}>
            Find moments again
          </Button>
        }
      >
        <p>{sentence(text)}</p>
        {isAboutLengths && <p>With other lengths, something else may be found.</p>}
      </EmptyState>
    </>
  );
}

/** Cards of about the size that they will have. */
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

/** A word about keeping, at the list's end. */
export function KeepHint(): ReactNode {
  return (
    <p className={styles.hint}>
      <Bookmark aria-hidden />
      <span>What you keep stays when moments are found again.</span>
    </p>
  );
}

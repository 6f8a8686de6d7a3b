import { Bookmark, SearchX, Sparkles } from "lucide-react";
import type { ReactNode } from "react";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { Button } from "@/ui/Button";
import { Skeleton } from "@/ui/Skeleton";
import { State, sentence } from "@/ui/State";
import { toastError } from "@/ui/Toasts";
import styles from "./MomentsPanel.module.css";
import { whyNone } from "./none";
import { GoOn, RunProgress, RunStrip } from "./RunStrip";
import { useStart } from "./use-run";

interface StateProps {
  videoId: string;
  run: RunState | null | undefined;
  onAsk: () => void;
}

/** Nobody has looked for moments yet; or somebody does just now; or has tried. */
export function NotLooked({ videoId, run, onAsk }: StateProps) {
  const start = useStart(videoId);
  if (run && isActive(run)) return <Looking run={run} />;
  if (run?.status === "completed") return <NoneFound run={run} wasLooked={false} onAsk={onAsk} />;
  const isCancelled = run?.status === "cancelled";
  return (
    <>
      {run && <RunStrip run={run} />}
      <State
        isSmall
        icon={<Sparkles />}
        title={isCancelled ? "The search was cancelled" : "No moments yet"}
        actions={
          <>
            {isCancelled && <GoOn videoId={videoId}>Go on with it</GoOn>}
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
      </State>
    </>
  );
}

function Looking({ run }: { run: RunState }) {
  return (
    <>
      <RunProgress run={run} />
      <State isSmall icon={<Sparkles />} title="The moments are being found">
        <p>They appear here as soon as there are any. You can leave this page meanwhile.</p>
      </State>
    </>
  );
}

interface NoneProps extends Omit<StateProps, "videoId"> {
  /** Whether there is a list of moments, if an empty one. */
  wasLooked: boolean;
}

/** The search found none, or all of them are deleted. */
export function NoneFound({ run, wasLooked, onAsk }: NoneProps) {
  if (run && isActive(run)) return <Looking run={run} />;
  const { title, text, isAboutLengths } = whyNone(run, wasLooked);
  return (
    <>
      {run && <RunStrip run={run} />}
      <State
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
      </State>
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

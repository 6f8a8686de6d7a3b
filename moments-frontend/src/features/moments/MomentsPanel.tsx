import { useEffect, useRef, useState } from "react";
import type { Moment } from "@/api/moments";
import { isActive } from "@/api/runs";
import type { VideoDetail } from "@/api/schema";
import { useRun } from "@/api/use-run";
import { lazy } from "@/lib/lazy";
import { listen } from "@/lib/listen";
import { Boundary } from "@/ui/Boundary";
import { ErrorState } from "@/ui/EmptyState";
import { DeletedMoments } from "./DeletedMoments";
import { Loading, NoMoments, NotGenerated } from "./EmptyStates";
import { MomentList } from "./MomentList";
import styles from "./MomentsPanel.module.css";
import type { MomentSlots } from "./slots";
import { useMoments } from "./use-moments";

const RunDialog = lazy(async () => ({ default: (await import("./RunDialog")).RunDialog }));

interface MomentsPanelProps extends MomentSlots {
  video: VideoDetail;
  /** A moment that was just created; its card gets the focus. */
  created?: Moment | null;
}

/** Moments of a video, or the state of finding them. */
export function MomentsPanel({ video, created = null, ...slots }: MomentsPanelProps) {
  const moments = useMoments(video.id);
  const run = useRun(video.id);
  const [isDialogOpen, setDialogOpen] = useState(false);
  const openOptions = () => setDialogOpen(true);
  const isRunning = run != null && isActive(run);
  // Changes whenever the focused element may have been removed.
  const kept = moments.data?.filter(({ is_kept }) => is_kept).length;
  const panel = useRetainFocus(`${moments.status} ${moments.data?.length} ${kept} ${isRunning}`);
  return (
    <div ref={panel} className={styles.panel}>
      {moments.isPending ? (
        <Loading />
      ) : moments.data === undefined ? (
        <ErrorState isSmall error={moments.error} onRetry={() => void moments.refetch()} />
      ) : moments.data === null ? (
        <NotGenerated videoId={video.id} run={run} onOpenOptions={openOptions} />
      ) : moments.data.length === 0 ? (
        <NoMoments videoId={video.id} run={run} hasDocument onOpenOptions={openOptions} />
      ) : (
        <MomentList
          video={video}
          moments={moments.data}
          created={created}
          run={run}
          onOpenOptions={openOptions}
          {...slots}
        />
      )}
      <DeletedMoments videoId={video.id} />
      {isDialogOpen && (
        <Boundary place="dialog" onClose={() => setDialogOpen(false)}>
          <RunDialog video={video} isAgain={moments.data !== null} onClose={() => setDialogOpen(false)} />
        </Boundary>
      )}
    </div>
  );
}

/** Keep focus in the panel when the focused element is removed. */
function useRetainFocus(shown: string) {
  const panel = useRef<HTMLDivElement>(null);
  const isInside = useRef(false);
  useEffect(() => {
    const update = ({ target }: FocusEvent) => {
      isInside.current = panel.current?.contains(target as Node) ?? false;
    };
    return listen(document, { focusin: update });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: re-run whenever the content changes
  useEffect(() => {
    if (isInside.current && document.activeElement === document.body)
      panel.current?.querySelector("button")?.focus();
  }, [shown]);
  return panel;
}

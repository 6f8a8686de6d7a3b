import { useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { lazy, type RefObject, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { clipsQuery } from "@/api/moments";
import { isActive } from "@/api/runs";
import type { RunState, VideoDetail } from "@/api/schema";
import { useRun } from "@/api/use-run";
import { plural } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { KeepHint, Loading, NoMoments, NotGenerated } from "./EmptyStates";
import { MomentCard } from "./MomentCard";
import styles from "./MomentsPanel.module.css";
import type { ShownMoment } from "./merge-refined";
import { loadSortOrder, nextFocusId, saveSortOrder, sortAndFilter } from "./moment-list";
import { RunBanner } from "./RunBanner";
import { SortMenu } from "./SortMenu";
import { useDeleteMoment } from "./use-moment-mutations";
import { useMoments } from "./use-moments";

const RunDialog = lazy(async () => ({ default: (await import("./RunDialog")).RunDialog }));

/** Moments of a video, or the state of finding them. */
export function MomentsPanel({ video }: { video: VideoDetail }) {
  const moments = useMoments(video.id);
  const run = useRun(video.id);
  const [isAsking, setAsking] = useState(false);
  const ask = () => setAsking(true);
  const isLooking = run != null && isActive(run);
  // Changes whenever the focused element may have been removed.
  const kept = moments.data?.filter(({ is_kept }) => is_kept).length;
  const panel = useRetainFocus(`${moments.status} ${moments.data?.length} ${kept} ${isLooking}`);
  return (
    <div ref={panel} className={styles.panel}>
      {moments.isPending ? (
        <Loading />
      ) : moments.data === undefined ? (
        <ErrorState isSmall error={moments.error} onRetry={() => void moments.refetch()} />
      ) : moments.data === null ? (
        <NotGenerated videoId={video.id} run={run} onAsk={ask} />
      ) : moments.data.length === 0 ? (
        <NoMoments run={run} wasLooked onAsk={ask} />
      ) : (
        <MomentList video={video} moments={moments.data} run={run} onAsk={ask} />
      )}
      {isAsking && (
        <Suspense fallback={null}>
          <RunDialog videoId={video.id} isAgain={moments.data !== null} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </div>
  );
}

interface MomentListProps {
  video: VideoDetail;
  moments: readonly ShownMoment[];
  run: RunState | null | undefined;
  onAsk: () => void;
}

function MomentList({ video, moments, run, onAsk }: MomentListProps) {
  const clips = useQuery(clipsQuery(video.id));
  const clipOf = useMemo(
    () => clips.data && new Map(clips.data.map((clip) => [clip.moment_id, clip])),
    [clips.data],
  );
  const [order, setOrder] = useState(loadSortOrder);
  const [keptOnly, setKeptOnly] = useState(false);
  const [editing, setEditing] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const focusSoon = useDeferredFocus(list);
  const deletion = useDeleteMoment(video.id);
  const shown = sortAndFilter(moments, { order, keptOnly });
  const kept = moments.filter(({ is_kept }) => is_kept).length;
  if (keptOnly && kept === 0) setKeptOnly(false);

  function edited(id: string) {
    setEditing(null);
    focusSoon(id, "edit");
  }
  function remove(id: string) {
    const next = nextFocusId(shown, id);
    deletion.mutate(id);
    if (next !== null) focusSoon(next, "play");
  }
  return (
    <>
      <div className={styles.bar}>
        <h2 className={styles.count}>{plural(moments.length, "moment")}</h2>
        {kept > 0 && (
          <ToggleButton className={styles.toggle ?? ""} isSelected={keptOnly} onChange={setKeptOnly}>
            Kept only
          </ToggleButton>
        )}
        {moments.length > 1 && (
          <SortMenu
            order={order}
            onChange={(value) => {
              setOrder(value);
              saveSortOrder(value);
            }}
          />
        )}
        <Button size="s" icon={<RotateCw aria-hidden />} onPress={onAsk}>
          Find again
        </Button>
      </div>
      {run && <RunBanner run={run} />}
      <ul ref={list} data-scrolls className={styles.list} aria-label="Moments">
        {shown.map((moment) => (
          <MomentCard
            key={moment.id}
            video={video}
            moment={moment}
            clip={clipOf ? clipOf.get(moment.clipId) : null}
            run={run}
            isEditing={editing === moment.id}
            onEdit={() => setEditing(moment.id)}
            onEdited={edited}
            onDelete={() => remove(moment.id)}
          />
        ))}
        {kept === 0 && (
          <li>
            <KeepHint />
          </li>
        )}
      </ul>
    </>
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
    document.addEventListener("focusin", update);
    return () => document.removeEventListener("focusin", update);
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: re-run whenever the content changes
  useEffect(() => {
    if (isInside.current && document.activeElement === document.body)
      panel.current?.querySelector("button")?.focus();
  }, [shown]);
  return panel;
}

/** Focus part of a card after it has rendered. */
function useDeferredFocus(list: RefObject<HTMLElement | null>) {
  const [wanted, setWanted] = useState<{ id: string; part: string } | null>(null);
  useEffect(() => {
    if (!wanted) return;
    // Wait until a closing menu has restored its own focus.
    const timer = setTimeout(() => {
      list.current
        ?.querySelector<HTMLElement>(`[data-moment="${wanted.id}"] [data-part="${wanted.part}"]`)
        ?.focus();
    });
    return () => clearTimeout(timer);
  }, [wanted, list]);
  return (id: string, part: string) => setWanted({ id, part });
}

import { useQuery } from "@tanstack/react-query";
import { RotateCw } from "lucide-react";
import { lazy, type RefObject, Suspense, useEffect, useMemo, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { clipsQuery } from "@/api/moments";
import { isActive } from "@/api/runs";
import type { RunState, VideoDetail } from "@/api/schema";
import { useRun } from "@/api/use-run";
import { plural } from "@/lib/format";
import { listen } from "@/lib/listen";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { KeepHint, Loading, NoMoments, NotGenerated } from "./EmptyStates";
import { MomentCard } from "./MomentCard";
import styles from "./MomentsPanel.module.css";
import type { ShownMoment } from "./merge-refined";
import { type ListOptions, loadSortOrder, nextFocusId, saveSortOrder, sortAndFilter } from "./moment-list";
import { RunBanner } from "./RunBanner";
import { SortMenu } from "./SortMenu";
import { useDeleteMoment } from "./use-moment-mutations";
import { useMoments } from "./use-moments";

const RunDialog = lazy(async () => ({ default: (await import("./RunDialog")).RunDialog }));

/** Moments of a video, or the state of finding them. */
export function MomentsPanel({ video }: { video: VideoDetail }) {
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
        <MomentList video={video} moments={moments.data} run={run} onOpenOptions={openOptions} />
      )}
      {isDialogOpen && (
        <Suspense fallback={null}>
          <RunDialog video={video} isAgain={moments.data !== null} onClose={() => setDialogOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

interface MomentListProps {
  video: VideoDetail;
  moments: readonly ShownMoment[];
  run: RunState | null | undefined;
  onOpenOptions: () => void;
}

function MomentList({ video, moments, run, onOpenOptions }: MomentListProps) {
  const clips = useQuery(clipsQuery(video.id)).data;
  const clipOf = useMemo(() => clips && new Map(clips.map((clip) => [clip.moment_id, clip])), [clips]);
  const [options, setOptions] = useState<ListOptions>(() => ({ order: loadSortOrder(), keptOnly: false }));
  const [editing, setEditing] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const focusPart = useDeferredFocus(list);
  const deletion = useDeleteMoment(video.id);
  const shown = sortAndFilter(moments, options);
  const hasKept = moments.some(({ is_kept }) => is_kept);
  if (options.keptOnly && !hasKept) setOptions({ ...options, keptOnly: false });

  function finishEditing(id: string) {
    setEditing(null);
    focusPart(id, "edit");
  }
  function remove(id: string) {
    const next = nextFocusId(shown, id);
    deletion.mutate(id);
    if (next !== null) focusPart(next, "play");
  }
  return (
    <>
      <ListToolbar
        count={moments.length}
        hasKept={hasKept}
        options={options}
        onChange={setOptions}
        onOpenOptions={onOpenOptions}
      />
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
            onEdited={finishEditing}
            onDelete={() => remove(moment.id)}
          />
        ))}
        {!hasKept && (
          <li>
            <KeepHint />
          </li>
        )}
      </ul>
    </>
  );
}

interface ListToolbarProps {
  count: number;
  hasKept: boolean;
  options: ListOptions;
  onChange: (options: ListOptions) => void;
  onOpenOptions: () => void;
}

function ListToolbar({ count, hasKept, options, onChange, onOpenOptions }: ListToolbarProps) {
  return (
    <div className={styles.bar}>
      <h2 className={styles.count}>{plural(count, "moment")}</h2>
      {hasKept && (
        <ToggleButton
          className={styles.toggle ?? ""}
          isSelected={options.keptOnly}
          onChange={(keptOnly) => onChange({ ...options, keptOnly })}
        >
          Kept only
        </ToggleButton>
      )}
      {count > 1 && (
        <SortMenu
          order={options.order}
          onChange={(order) => {
            onChange({ ...options, order });
            saveSortOrder(order);
          }}
        />
      )}
      <Button size="s" icon={<RotateCw aria-hidden />} onPress={onOpenOptions}>
        Find again
      </Button>
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

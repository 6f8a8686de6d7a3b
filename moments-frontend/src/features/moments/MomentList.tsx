import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import { clipsQuery, type Moment } from "@/api/moments";
import type { RunState, VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { type ListSelection, useSelection } from "@/lib/use-selection";
import { KeepHint } from "./EmptyStates";
import { ListToolbar } from "./ListToolbar";
import { MomentCard } from "./MomentCard";
import styles from "./MomentsPanel.module.css";
import type { ShownMoment } from "./merge-refined";
import { type ListOptions, loadSortOrder, nextFocusId, nextInTime, sortAndFilter } from "./moment-list";
import { RunBanner } from "./RunBanner";
import { SelectionBar } from "./SelectionBar";
import type { MomentSlots } from "./slots";
import { useDeferredFocus } from "./use-deferred-focus";
import { useDeleteMoments, useMergeMoments } from "./use-moment-mutations";

interface MomentListProps extends MomentSlots {
  video: VideoDetail;
  moments: readonly ShownMoment[];
  /** A moment that was just created. */
  created: Moment | null;
  run: RunState | null | undefined;
  onOpenOptions: () => void;
}

/** The moments of a video, with their toolbar. */
export function MomentList(props: MomentListProps) {
  const { video, moments, run, onOpenOptions, selectionActions } = props;
  const [options, setOptions] = useState<ListOptions>(() => ({ order: loadSortOrder(), keptOnly: false }));
  const deletion = useDeleteMoments(video.id);
  const merge = useMergeMoments(video.id);
  const shown = sortAndFilter(moments, options);
  const selection = useSelection(shown);
  const selectedIds = moments.filter(({ id }) => selection.items.has(id)).map(({ id }) => id);
  const hasKept = moments.some(({ is_kept }) => is_kept);
  if (options.keptOnly && !hasKept) setOptions({ ...options, keptOnly: false });

  function changeSelected(change: (ids: readonly string[]) => void) {
    change(selectedIds);
    selection.stop();
  }
  return (
    <>
      {selection.isActive ? (
        <SelectionBar
          selection={selection}
          ids={selectedIds}
          onDelete={() => changeSelected(deletion.mutate)}
          onMerge={() => changeSelected(merge.mutate)}
        >
          {selectedIds.length > 0 && selectionActions?.(selectedIds)}
        </SelectionBar>
      ) : (
        <ListToolbar
          count={moments.length}
          hasKept={hasKept}
          options={options}
          onChange={setOptions}
          onSelect={() => selection.start()}
          onOpenOptions={onOpenOptions}
        />
      )}
      {run && <RunBanner run={run} />}
      <Cards
        {...props}
        moments={shown}
        selection={selection}
        hasHint={!hasKept}
        onDelete={(id) => deletion.mutate([id])}
        onMerge={merge.mutate}
      />
    </>
  );
}

interface CardsProps
  extends Pick<MomentListProps, "video" | "moments" | "created" | "run" | "momentActions"> {
  selection: ListSelection<ShownMoment>;
  hasHint: boolean;
  onDelete: (id: string) => void;
  onMerge: (ids: readonly string[]) => void;
}

function Cards(props: CardsProps) {
  const { video, moments, created, run, selection, hasHint, onDelete, onMerge, momentActions } = props;
  const clips = useQuery(clipsQuery(video.id)).data;
  const clipOf = useMemo(() => clips && new Map(clips.map((clip) => [clip.moment_id, clip])), [clips]);
  const [editing, setEditing] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const focusPart = useDeferredFocus(list);
  useEffect(() => {
    if (created) focusPart(created.id, "play");
  }, [created, focusPart]);

  function finishEditing(id: string) {
    setEditing(null);
    focusPart(id, "edit");
  }
  function remove(id: string) {
    const next = nextFocusId(moments, id);
    onDelete(id);
    if (next !== null) focusPart(next, "play");
  }
  function mergeWithNext({ id }: ShownMoment) {
    const next = nextInTime(moments, id);
    return next && (() => onMerge([id, next.id]));
  }
  return (
    <ul ref={list} data-scrolls className={styles.list} aria-label={t("common.moments")}>
      {moments.map((moment) => (
        <MomentCard
          key={moment.id}
          video={video}
          moment={moment}
          clip={clipOf ? clipOf.get(moment.clipId) : null}
          run={run}
          isEditing={editing === moment.id}
          isSelected={selection.isActive ? selection.items.has(moment.id) : null}
          onSelect={(isRange) => selection.press(moment, isRange)}
          onEdit={() => setEditing(moment.id)}
          onEdited={finishEditing}
          onDelete={() => remove(moment.id)}
          onMerge={mergeWithNext(moment)}
          actions={momentActions?.(moment)}
        />
      ))}
      {hasHint && (
        <li>
          <KeepHint />
        </li>
      )}
    </ul>
  );
}

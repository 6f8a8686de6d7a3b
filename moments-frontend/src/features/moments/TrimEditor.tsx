import { useQuery } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import { ApiError, toApiError } from "@/api/errors";
import type { VideoDetail, Word } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { sentence } from "@/lib/format";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { toastError } from "@/ui/Toasts";
import type { ShownMoment } from "./merge-refined";
import { TimeField } from "./TimeField";
import styles from "./TrimEditor.module.css";
import { TrimTimeline } from "./TrimTimeline";
import { TrimTranscript } from "./TrimTranscript";
import {
  expandWindow,
  formatPreciseDuration,
  fullRange,
  moveHandle,
  type TrimHandle,
  type TrimRange,
  validateTrim,
  windowAround,
} from "./trim";
import { useUpdateMoment } from "./use-moment-mutations";
import { useThrottledSeek } from "./use-throttled-seek";

interface TrimEditorProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Called with the possibly new id of the moment. */
  onDone: (id: string) => void;
}

const NO_WORDS: readonly Word[] = [];

/** Changes the start and end of a moment by dragging, keys, words or exact times. */
export function TrimEditor({ video, moment, onDone }: TrimEditorProps) {
  const known = usePlayerValue((of) => of.duration);
  const duration = video.duration_seconds ?? known;
  const words = useQuery(transcriptQuery(video.id)).data?.word_timestamps ?? NO_WORDS;
  // Keep the original range: the optimistic update changes `moment` while saving.
  const [original] = useState<TrimRange>({ start: moment.start_time, end: moment.end_time });
  const [edges, setEdges] = useState(original);
  const [view, setView] = useState(() => windowAround(original, duration));
  const [active, setActive] = useState<TrimHandle>("start");
  const seek = useThrottledSeek();
  const change = useUpdateMoment(video.id);

  const error = validateTrim(edges, duration);
  const isChanged = edges.start !== original.start || edges.end !== original.end;

  /** Move a handle and seek the video to it. */
  function move(edge: TrimHandle, seconds: number, bounds: TrimRange): TrimRange {
    const next = moveHandle(edges, edge, seconds, bounds);
    setActive(edge);
    setEdges(next);
    seek(next[edge]);
    return next;
  }
  const widen = (next: TrimRange) => setView(expandWindow(view, next, duration));
  const whole = fullRange(duration);

  async function save() {
    if (error !== null) return;
    if (!isChanged) return onDone(moment.id);
    try {
      const answer = await change.mutateAsync({
        id: moment.id,
        change: { start_time: edges.start, end_time: edges.end },
      });
      onDone(answer.id);
    } catch (error) {
      // Errors are shown in the editor, except 404, which removes the card.
      if (error instanceof ApiError && error.status === 404)
        toastError(`${moment.title} no longer exists`, error);
    }
  }

  const problem = change.isError ? toApiError(change.error).problem : null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would require a visible legend
    <div
      role="group"
      aria-label={`Trim ${moment.title}`}
      className={styles.editor}
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape" || change.isPending) return;
        event.stopPropagation();
        onDone(moment.id);
      }}
    >
      <TrimTimeline
        edges={edges}
        view={view}
        words={words}
        isDisabled={change.isPending}
        onActive={setActive}
        onDrag={(edge, seconds) => move(edge, seconds, view)}
        onDragEnd={() => widen(edges)}
        onStep={(edge, seconds) => widen(move(edge, edges[edge] + seconds, whole))}
      />
      <TrimTranscript
        words={words}
        edges={edges}
        active={active}
        onPick={(seconds) => widen(move(active, seconds, whole))}
      />
      <div className={styles.figures}>
        {(["start", "end"] as const).map((edge) => (
          <TimeField
            key={edge}
            label={edge === "start" ? "Start" : "End"}
            seconds={edges[edge]}
            onFocus={() => setActive(edge)}
            onChange={(seconds) => {
              const next = { ...edges, [edge]: seconds };
              setActive(edge);
              setEdges(next);
              widen(next);
              seek(seconds);
            }}
          />
        ))}
        <p className={styles.length}>
          <span>Length</span>
          <output className="tabular">{formatPreciseDuration(edges.end - edges.start)}</output>
        </p>
      </div>
      <div role="alert" className={styles.alerts}>
        {error && <p className={styles.error}>{error}</p>}
        {problem && !error && (
          <p className={styles.error}>
            {sentence(problem.detail)} {problem.remedy && sentence(problem.remedy)}
          </p>
        )}
      </div>
      <div className={styles.buttons}>
        <Preview edges={edges} isDisabled={error !== null} />
        <span className={styles.gap} />
        <Button size="s" variant="ghost" isDisabled={change.isPending} onPress={() => onDone(moment.id)}>
          Cancel
        </Button>
        <Button
          size="s"
          variant="primary"
          isDisabled={error !== null}
          isPending={change.isPending}
          onPress={() => void save()}
        >
          Save
        </Button>
      </div>
    </div>
  );
}

/** Plays the trimmed range. */
function Preview({ edges: { start, end }, isDisabled }: { edges: TrimRange; isDisabled: boolean }) {
  const player = usePlayer();
  const isPlaying = usePlayerValue(
    ({ range, isPaused }) => !isPaused && range?.start === start && range.end === end,
  );
  return (
    <Button
      size="s"
      isDisabled={isDisabled}
      icon={isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
      onPress={() => (isPlaying ? player.video?.pause() : player.playRange({ start, end }))}
    >
      {isPlaying ? "Pause" : "Play"}
    </Button>
  );
}

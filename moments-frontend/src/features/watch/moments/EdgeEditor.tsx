import { useQuery } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import { ApiError, toApiError } from "@/api/client";
import type { VideoDetail, Word } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { Button } from "@/ui/Button";
import { sentence } from "@/ui/State";
import { toastError } from "@/ui/Toasts";
import { usePlayer, usePlayerValue } from "../player/player";
import styles from "./EdgeEditor.module.css";
import { EdgeTrack } from "./EdgeTrack";
import { EdgeWords } from "./EdgeWords";
import { type Edge, type Edges, faultOf, formatLength, moved, wholeOf, widened, windowAround } from "./edges";
import type { ShownMoment } from "./merge";
import { TimeField } from "./TimeField";
import { useChange } from "./use-changes";
import { useSeek } from "./use-seek";

interface EdgeEditorProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Called with the id that the moment has then. */
  onDone: (id: string) => void;
}

const NO_WORDS: readonly Word[] = [];

/** Moves where a moment begins and ends: by hand, by keys, or in figures, with the picture and the words. */
export function EdgeEditor({ video, moment, onDone }: EdgeEditorProps) {
  const known = usePlayerValue((of) => of.duration);
  const duration = video.duration_seconds ?? known;
  const words = useQuery(transcriptQuery(video.id)).data?.word_timestamps ?? NO_WORDS;
  // As it was when the editor opened: while it is saved, the moment itself has the new ones already.
  const [original] = useState<Edges>({ start: moment.start_time, end: moment.end_time });
  const [edges, setEdges] = useState(original);
  const [view, setView] = useState(() => windowAround(original, duration));
  const [active, setActive] = useState<Edge>("start");
  const seek = useSeek();
  const change = useChange(video.id);

  const fault = faultOf(edges, duration);
  const isChanged = edges.start !== original.start || edges.end !== original.end;

  /** Move an edge, and the picture with it. */
  function move(edge: Edge, seconds: number, bounds: Edges): Edges {
    const next = moved(edges, edge, seconds, bounds);
    setActive(edge);
    setEdges(next);
    seek(next[edge]);
    return next;
  }
  const widen = (next: Edges) => setView(widened(view, next, duration));
  const whole = wholeOf(duration);

  async function save() {
    if (fault !== null) return;
    if (!isChanged) return onDone(moment.id);
    try {
      const answer = await change.mutateAsync({
        id: moment.id,
        change: { start_time: edges.start, end_time: edges.end },
      });
      onDone(answer.id);
    } catch (error) {
      // The editor says why, but for a moment that is gone: its card goes too.
      if (error instanceof ApiError && error.status === 404)
        toastError(`${moment.title} is not there any more`, error);
    }
  }

  const problem = change.isError ? toApiError(change.error).problem : null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would name it by a legend, which is in sight already
    <div
      role="group"
      aria-label={`Edges of ${moment.title}`}
      className={styles.editor}
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape" || change.isPending) return;
        event.stopPropagation();
        onDone(moment.id);
      }}
    >
      <EdgeTrack
        edges={edges}
        view={view}
        words={words}
        isDisabled={change.isPending}
        onActive={setActive}
        onDrag={(edge, seconds) => move(edge, seconds, view)}
        onDragEnd={() => widen(edges)}
        onStep={(edge, seconds) => widen(move(edge, edges[edge] + seconds, whole))}
      />
      <EdgeWords
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
          <output className="tabular">{formatLength(edges.end - edges.start)}</output>
        </p>
      </div>
      <div role="alert" className={styles.alerts}>
        {fault && <p className={styles.fault}>{fault}</p>}
        {problem && !fault && (
          <p className={styles.fault}>
            {sentence(problem.detail)} {problem.remedy && sentence(problem.remedy)}
          </p>
        )}
      </div>
      <div className={styles.buttons}>
        <Preview edges={edges} isDisabled={fault !== null} />
        <span className={styles.gap} />
        <Button size="s" variant="ghost" isDisabled={change.isPending} onPress={() => onDone(moment.id)}>
          Cancel
        </Button>
        <Button
          size="s"
          variant="primary"
          isDisabled={fault !== null}
          isPending={change.isPending}
          onPress={() => void save()}
        >
          Save
        </Button>
      </div>
    </div>
  );
}

/** Plays the part as it would be. */
function Preview({ edges: { start, end }, isDisabled }: { edges: Edges; isDisabled: boolean }) {
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

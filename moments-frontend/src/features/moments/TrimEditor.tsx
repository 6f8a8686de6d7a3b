import { useQuery } from "@tanstack/react-query";
import { Pause, Play } from "lucide-react";
import { ApiError, problemText, toApiError } from "@/api/errors";
import type { VideoDetail, Word } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { formatPreciseDuration } from "@/lib/format";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { toastError } from "@/ui/Toasts";
import type { ShownMoment } from "./merge-refined";
import { TimeField } from "./TimeField";
import styles from "./TrimEditor.module.css";
import { TrimTimeline } from "./TrimTimeline";
import { TrimTranscript } from "./TrimTranscript";
import { HANDLE_LABELS, HANDLES, type TrimRange } from "./trim";
import { useUpdateMoment } from "./use-moment-mutations";
import { type Trim, useTrim } from "./use-trim";

interface TrimEditorProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Called with the possibly new id of the moment. */
  onDone: (id: string) => void;
}

const NO_WORDS: readonly Word[] = [];

/** Changes the start and end of a moment by dragging, keys, words or exact times. */
export function TrimEditor({ video, moment, onDone }: TrimEditorProps) {
  const playerDuration = usePlayerValue((player) => player.duration);
  const trim = useTrim(moment, video.duration_seconds ?? playerDuration);
  const { range, active, error } = trim;
  const words = useQuery(transcriptQuery(video.id)).data?.word_timestamps ?? NO_WORDS;
  const update = useUpdateMoment(video.id);
  const { isPending } = update;
  const isInvalid = error !== null;

  async function save() {
    if (isInvalid) return;
    if (!trim.isChanged) return onDone(moment.id);
    try {
      const change = { start_time: range.start, end_time: range.end };
      onDone((await update.mutateAsync({ id: moment.id, change })).id);
    } catch (failure) {
      // Errors are shown in the editor, except 404, which removes the card.
      if (failure instanceof ApiError && failure.status === 404)
        toastError(`${moment.title} no longer exists`, failure);
    }
  }

  const message = error ?? (update.isError ? problemText(toApiError(update.error).problem) : null);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would require a visible legend
    <div
      role="group"
      aria-label={`Trim ${moment.title}`}
      className={styles.editor}
      onKeyDownCapture={(event) => {
        if (event.key !== "Escape" || isPending) return;
        event.stopPropagation();
        onDone(moment.id);
      }}
    >
      <TrimTimeline trim={trim} words={words} isDisabled={isPending} />
      <TrimTranscript
        words={words}
        range={range}
        active={active}
        onPick={(seconds) => trim.move(active, seconds)}
      />
      <Times trim={trim} />
      <div role="alert" className={styles.alerts}>
        {message && <p className={styles.error}>{message}</p>}
      </div>
      <div className={styles.buttons}>
        <Preview range={range} isDisabled={isInvalid} />
        <span className={styles.gap} />
        <Button size="s" variant="ghost" isDisabled={isPending} onPress={() => onDone(moment.id)}>
          Cancel
        </Button>
        <Button size="s" variant="primary" isDisabled={isInvalid} isPending={isPending} onPress={save}>
          Save
        </Button>
      </div>
    </div>
  );
}

function Times({ trim: { range, setActive, enter } }: { trim: Trim }) {
  return (
    <div className={styles.times}>
      {HANDLES.map((handle) => (
        <TimeField
          key={handle}
          label={HANDLE_LABELS[handle]}
          seconds={range[handle]}
          onFocus={() => setActive(handle)}
          onChange={(seconds) => enter(handle, seconds)}
        />
      ))}
      <p className={styles.length}>
        <span>Length</span>
        <output className="tabular">{formatPreciseDuration(range.end - range.start)}</output>
      </p>
    </div>
  );
}

/** Plays the trimmed range. */
function Preview({ range: { start, end }, isDisabled }: { range: TrimRange; isDisabled: boolean }) {
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

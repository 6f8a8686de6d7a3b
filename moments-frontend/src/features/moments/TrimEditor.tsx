import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useMemo } from "react";
import { ApiError, problemText, toApiError } from "@/api/errors";
import type { VideoDetail } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { t } from "@/i18n";
import { usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { toast, toastError } from "@/ui/Toasts";
import type { ShownMoment } from "./merge-refined";
import styles from "./TrimEditor.module.css";
import { TrimPreview } from "./TrimPreview";
import { TrimSteps } from "./TrimSteps";
import { TrimTimeline } from "./TrimTimeline";
import { TrimTranscript } from "./TrimTranscript";
import { useResetMoment, useUpdateMoment } from "./use-moment-mutations";
import { type Trim, useTrim } from "./use-trim";

interface TrimEditorProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Called with the possibly new id of the moment. */
  onDone: (id: string) => void;
}

/** Changes the start and end of a moment by sentences, words or time, by dragging, or with exact times. */
export function TrimEditor({ video, moment, onDone }: TrimEditorProps) {
  const targets = useTargets(video.id);
  const playerDuration = usePlayerValue((player) => player.duration);
  const trim = useTrim(moment, video.duration_seconds ?? playerDuration, targets);
  const { save, isPending, error } = useSave(video.id, moment, trim, onDone);
  const message = trim.error ?? (error ? problemText(toApiError(error).problem) : null);

  function handleKey(event: KeyboardEvent) {
    const isUndo = event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    const isField = event.target instanceof HTMLInputElement && event.target.type !== "range";
    if (isPending || (event.key !== "Escape" && (!isUndo || isField))) return;
    event.stopPropagation();
    event.preventDefault();
    if (isUndo) trim.undo();
    else onDone(moment.id);
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would require a visible legend
    <div
      role="group"
      aria-label={t("moments.trimTitle", { title: moment.title })}
      className={styles.editor}
      onKeyDownCapture={handleKey}
    >
      <TrimTimeline trim={trim} words={targets.words} isDisabled={isPending} />
      <TrimTranscript
        words={targets.words}
        range={trim.range}
        active={trim.active}
        onPick={(seconds) => trim.move(trim.active, seconds)}
      />
      <TrimSteps trim={trim} hasWords={targets.words.length > 0} isDisabled={isPending} />
      <div role="alert" className={styles.alerts}>
        {message && <p className={styles.error}>{message}</p>}
      </div>
      <TrimPreview trim={trim} isDisabled={trim.error !== null} />
      <div className={styles.buttons}>
        <Button size="s" variant="ghost" isDisabled={!trim.canUndo || isPending} onPress={trim.undo}>
          {t("common.undo")}
        </Button>
        <span className={styles.gap} />
        <Button size="s" variant="ghost" isDisabled={isPending} onPress={() => onDone(moment.id)}>
          {t("common.cancel")}
        </Button>
        <Button
          size="s"
          variant="primary"
          isDisabled={trim.error !== null}
          isPending={isPending}
          onPress={() => void save()}
        >
          {t("common.save")}
        </Button>
      </div>
    </div>
  );
}

const NONE: readonly never[] = [];

/** Return the words and sentences of the transcript. */
function useTargets(videoId: string) {
  const transcript = useQuery(transcriptQuery(videoId)).data;
  return useMemo(
    () => ({
      words: transcript?.word_timestamps ?? NONE,
      sentences: transcript?.segment_timestamps ?? NONE,
    }),
    [transcript],
  );
}

/** Return a function that saves the new times and offers undo. */
function useSave(videoId: string, moment: ShownMoment, trim: Trim, onDone: (id: string) => void) {
  const update = useUpdateMoment(videoId);
  const reset = useResetMoment(videoId);
  async function save() {
    const { start, end } = trim.range;
    if (trim.error !== null) return;
    if (!trim.isChanged) return onDone(moment.id);
    try {
      const change = { start_time: start, end_time: end };
      const { id } = await update.mutateAsync({ id: moment.id, change });
      toast(t("moments.momentTrimmed"), {
        action: { label: t("common.undo"), onPress: () => reset.mutate([id]) },
      });
      onDone(id);
    } catch (failure) {
      // Errors are shown in the editor, except 404, which removes the card.
      if (failure instanceof ApiError && failure.status === 404)
        toastError(t("moments.titleNoLongerExists", { title: moment.title }), failure);
    }
  }
  return { save, isPending: update.isPending, error: update.error };
}

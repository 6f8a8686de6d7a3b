import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";
import { transcribeVideo } from "@/api/runs";
import type { Word } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./ExportDialog.module.css";

const NONE: readonly Word[] = [];

interface CaptionSource {
  words: readonly Word[];
  /** Reason why the video cannot have captions, with a remedy; null if it can or while loading. */
  noCaptions: ReactNode | null;
}

/** Return the words of a video's captions, or the reason why it has none. */
export function useCaptions(videoId: string): CaptionSource {
  const { data } = useQuery(transcriptQuery(videoId));
  if (data === undefined) return { words: NONE, noCaptions: null };
  if (data === null) return { words: NONE, noCaptions: <NoTranscript videoId={videoId} /> };
  const words = data.word_timestamps;
  const noSpeech = <p className={styles.note}>{t("exports.noCaptionsTheTranscriptOf")}</p>;
  return { words, noCaptions: words.length > 0 ? null : noSpeech };
}

function NoTranscript({ videoId }: { videoId: string }) {
  const [isStarted, setStarted] = useState(false);
  async function transcribe() {
    setStarted(true);
    try {
      await transcribeVideo(videoId);
      toast(t("exports.transcribingCaptionsCanBeChosen"));
    } catch (error) {
      setStarted(false);
      toastError(t("exports.couldNotTranscribeTheVideo"), error);
    }
  }
  return (
    <p className={styles.note}>
      {t("exports.noCaptionsThisVideoHas")}{" "}
      <Button size="s" isDisabled={isStarted} onPress={() => void transcribe()}>
        {t("exports.transcribe")}
      </Button>
    </p>
  );
}

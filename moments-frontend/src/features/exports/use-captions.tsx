import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useState } from "react";
import { transcribeVideo } from "@/api/runs";
import type { Word } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
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
  const noSpeech = (
    <p className={styles.note}>No captions: the transcript of this video contains no words.</p>
  );
  return { words, noCaptions: words.length > 0 ? null : noSpeech };
}

function NoTranscript({ videoId }: { videoId: string }) {
  const [isStarted, setStarted] = useState(false);
  async function transcribe() {
    setStarted(true);
    try {
      await transcribeVideo(videoId);
      toast("Transcribing. Captions can be chosen when it has finished.");
    } catch (error) {
      setStarted(false);
      toastError("Could not transcribe the video", error);
    }
  }
  return (
    <p className={styles.note}>
      No captions: this video has no transcript yet.{" "}
      <Button size="s" isDisabled={isStarted} onPress={() => void transcribe()}>
        Transcribe
      </Button>
    </p>
  );
}

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { problemText, toApiError } from "@/api/errors";
import { invalidate } from "@/api/query-client";
import { runQuery, transcribeVideo } from "@/api/runs";
import type { TranscriptRead, VideoDetail } from "@/api/schema";
import { useRun } from "@/api/use-run";
import { rich, t } from "@/i18n";
import { VOCABULARY_PATH } from "@/lib/routes";
import { parseTerms } from "@/lib/terms";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { LanguageSelect } from "@/ui/LanguageSelect";
import { toast } from "@/ui/Toasts";
import styles from "./ReplaceDialog.module.css";

interface TranscribeDialogProps {
  video: VideoDetail;
  transcript: TranscriptRead | null;
  onClose: () => void;
}

/** Options of a run that only transcribes. */
export function TranscribeDialog({ video, transcript, onClose }: TranscribeDialogProps) {
  const last = useRun(video.id)?.options;
  const [language, setLanguage] = useState(last?.language ?? video.language ?? "auto");
  const [terms, setTerms] = useState(() => (last?.vocabulary ?? []).join("\n"));
  const start = useMutation({
    mutationFn: () =>
      transcribeVideo(video.id, {
        regenerate: true,
        language,
        vocabulary: parseTerms(terms),
        audio_stream: last?.audio_stream ?? null,
      }),
    onSuccess: () => {
      toast(t("transcript.transcriptionStarted"));
      onClose();
    },
    onSettled: () => invalidate(runQuery(video.id).queryKey),
  });
  return (
    <FormDialog
      title={transcript ? t("transcript.transcribeAgainTitle") : t("transcript.transcribe")}
      submit={t("transcript.transcribe")}
      className={styles.form}
      isPending={start.isPending}
      onSubmit={() => start.mutate()}
      onClose={onClose}
    >
      {transcript && <p>{consequence(transcript)}</p>}
      <LanguageSelect label={t("transcript.spokenLanguage")} value={language} onChange={setLanguage} />
      <TextField
        label={t("transcript.namesAndTerms")}
        rows={4}
        value={terms}
        onChange={setTerms}
        placeholder={t("transcript.onePerLine")}
        description={rich("transcript.termsHelp", {
          vocabulary: <Link to={VOCABULARY_PATH}>{t("transcript.vocabulary")}</Link>,
        })}
      />
      {start.isError && (
        <p role="alert" className={styles.error}>
          {problemText(toApiError(start.error).problem)}
        </p>
      )}
    </FormDialog>
  );
}

function consequence({ source, edited }: TranscriptRead): string {
  if (source === "user") return t("transcript.theImportedTranscriptStaysReset");
  return edited
    ? t("transcript.correctedSentencesStayAllOthers")
    : t("transcript.thisReplacesTheCurrentTranscript");
}

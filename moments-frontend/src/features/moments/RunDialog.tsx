import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "wouter";
import { ApiError, problemText, toApiError } from "@/api/errors";
import { engineQuery } from "@/api/moments";
import type { VideoDetail } from "@/api/schema";
import { useRun, useStartRun } from "@/api/use-run";
import { rich, t } from "@/i18n";
import { trackLabel } from "@/lib/audio-tracks";
import { RUNS_PATH, VOCABULARY_PATH } from "@/lib/routes";
import { parseTerms, termsError } from "@/lib/terms";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { LanguageSelect } from "@/ui/LanguageSelect";
import { Select } from "@/ui/Select";
import { RangeField } from "./RangeField";
import styles from "./RunDialog.module.css";
import {
  COUNT_STOPS,
  DEFAULT_OPTIONS,
  type FieldErrors,
  LENGTH_STOPS,
  loadOptions,
  PROMPT_LENGTH,
  type RunOptions,
  saveOptions,
  toRequest,
  validate,
} from "./run-options";

interface RunDialogProps {
  video: VideoDetail;
  /** True if the video already has moments. */
  isAgain: boolean;
  onClose: () => void;
}

/** Options for finding moments. */
export function RunDialog({ video, isAgain, onClose }: RunDialogProps) {
  const [options, setOptions] = useState(loadOptions);
  const last = useRun(video.id)?.options;
  const [transcription, setTranscription] = useState<TranscriptionOptions>(() => ({
    track: last?.audio_stream ?? null,
    language: last?.language ?? null,
    terms: (last?.vocabulary ?? []).join("\n"),
  }));
  const readsPrompt = useQuery(engineQuery()).data?.reads_prompt ?? false;
  const start = useStartRun(video.id);
  const errors = validate(options);
  const wrongTerms = termsError(parseTerms(transcription.terms));
  const isInvalid = Object.keys(errors).length > 0 || wrongTerms !== null;

  function submit() {
    if (isInvalid) return;
    const onSuccess = () => {
      saveOptions(options);
      onClose();
    };
    const request = toRequest(readsPrompt ? options : { ...options, prompt: "" });
    start.mutate({ ...request, ...toFields(transcription), regenerate: true }, { onSuccess });
  }
  return (
    <FormDialog
      title={isAgain ? t("moments.findMomentsAgain") : t("moments.findMoments")}
      submit={t("moments.findMoments")}
      actions={<ResetButton options={options} onReset={() => setOptions(DEFAULT_OPTIONS)} />}
      className={styles.form}
      isDisabled={isInvalid}
      isPending={start.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      {isAgain && <p className={styles.note}>{t("moments.keptMomentsStayAndDeleted")}</p>}
      <OptionFields
        options={options}
        errors={errors}
        readsPrompt={readsPrompt}
        onChange={(change) => setOptions((before) => ({ ...before, ...change }))}
      />
      <TranscriptionFields
        video={video}
        options={transcription}
        error={wrongTerms}
        onChange={(change) => setTranscription((before) => ({ ...before, ...change }))}
      />
      {start.isError && <SubmitError error={start.error} />}
    </FormDialog>
  );
}

function ResetButton({ options, onReset }: { options: RunOptions; onReset: () => void }) {
  return (
    <Button
      variant="ghost"
      className={styles.reset ?? ""}
      isDisabled={JSON.stringify(options) === JSON.stringify(DEFAULT_OPTIONS)}
      onPress={onReset}
    >
      {t("moments.reset")}
    </Button>
  );
}

interface OptionFieldsProps {
  options: RunOptions;
  errors: FieldErrors;
  /** The engine reads what to look for. */
  readsPrompt: boolean;
  onChange: (change: Partial<RunOptions>) => void;
}

function OptionFields({ options, errors, readsPrompt, onChange }: OptionFieldsProps) {
  return (
    <>
      {readsPrompt && (
        <TextField
          label={t("moments.whatToLookFor")}
          autoFocus
          rows={3}
          maxLength={PROMPT_LENGTH}
          value={options.prompt}
          onChange={(prompt) => onChange({ prompt })}
          placeholder={t("moments.lookForExample")}
          error={errors.prompt}
        />
      )}
      <RangeField
        label={t("moments.length")}
        unit="seconds"
        stops={LENGTH_STOPS}
        step={1}
        from={options.minLength}
        to={options.maxLength}
        onChange={(minLength, maxLength) => onChange({ minLength, maxLength })}
        error={errors.lengths}
      />
      <RangeField
        label={t("moments.numberOfMoments")}
        stops={COUNT_STOPS}
        step={1}
        from={options.minMoments}
        to={options.maxMoments}
        onChange={(minMoments, maxMoments) => onChange({ minMoments, maxMoments })}
        error={errors.moments}
      />
      <p className={styles.hint}>{t("moments.youMayGetFewerThan")}</p>
    </>
  );
}

/** Options of the transcript. Changing them transcribes the video again. */
interface TranscriptionOptions {
  /** Number of the stream in the file; null lets the server choose. */
  track: number | null;
  /** Null applies the language of the video. */
  language: string | null;
  /** Names and terms, one per line. */
  terms: string;
}

/** Return the options as fields of a request. */
function toFields({ track, language, terms }: TranscriptionOptions) {
  return { audio_stream: track, language, vocabulary: parseTerms(terms) };
}

interface TranscriptionFieldsProps {
  video: VideoDetail;
  options: TranscriptionOptions;
  /** The error of the terms, if any. */
  error: string | null;
  onChange: (change: Partial<TranscriptionOptions>) => void;
}

function TranscriptionFields({ video, options, error, onChange }: TranscriptionFieldsProps) {
  return (
    <>
      {video.audio_streams.length > 1 && (
        <TrackField
          tracks={video.audio_streams}
          track={options.track}
          onChange={(track) => onChange({ track })}
        />
      )}
      <LanguageSelect
        label={t("moments.spokenLanguage")}
        value={options.language ?? video.language ?? "auto"}
        onChange={(language) => onChange({ language })}
      />
      <TextField
        label={t("moments.namesAndTerms")}
        rows={2}
        value={options.terms}
        onChange={(terms) => onChange({ terms })}
        placeholder={t("moments.onePerLine")}
        description={rich("moments.termsHelp", {
          vocabulary: <Link to={VOCABULARY_PATH}>{t("moments.vocabulary")}</Link>,
        })}
        error={error}
      />
    </>
  );
}

interface TrackFieldProps {
  tracks: VideoDetail["audio_streams"];
  /** Number of the stream in the file; null lets the server choose. */
  track: number | null;
  onChange: (track: number | null) => void;
}

/** Chooses the audio track to transcribe. */
function TrackField({ tracks, track, onChange }: TrackFieldProps) {
  const options = [
    { value: "automatic", label: t("moments.automaticDefaultTrackUnlessSilent") },
    ...tracks.map((one, place) => ({ value: String(one.index), label: trackLabel(one, place) })),
  ];
  return (
    <Select
      label={t("moments.audioTrackToTranscribe")}
      options={options}
      value={track === null ? "automatic" : String(track)}
      onChange={(value) => onChange(value === "automatic" ? null : Number(value))}
    />
  );
}

function SubmitError({ error }: { error: unknown }) {
  if (error instanceof ApiError && error.status === 409)
    return (
      <p role="alert" className={styles.error}>
        {rich("moments.runInProgress", { runs: <Link to={RUNS_PATH}>{t("moments.runs")}</Link> })}
      </p>
    );
  return (
    <p role="alert" className={styles.error}>
      {problemText(toApiError(error).problem)}
    </p>
  );
}

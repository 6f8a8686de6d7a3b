import { useMutation, useQuery } from "@tanstack/react-query";
import { MessageSquareQuote } from "lucide-react";
import { useRef, useState } from "react";
import { invalidate } from "@/api/query-client";
import { statusText, weightedPercent } from "@/api/run-status";
import { runQuery, transcribeVideo } from "@/api/runs";
import type { RunState, TranscriptRead, VideoDetail } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { useActiveRun } from "@/api/use-run";
import { t } from "@/i18n";
import { formatPercent } from "@/lib/format";
import { lazy } from "@/lib/lazy";
import { Boundary } from "@/ui/Boundary";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Progress } from "@/ui/Progress";
import { Skeleton } from "@/ui/Skeleton";
import { toastError } from "@/ui/Toasts";
import { EmptyTranscript } from "./EmptyTranscript";
import styles from "./Transcript.module.css";
import { TranscriptView } from "./TranscriptView";
import { pickImport, useDropImport } from "./use-import";
import type { OnCreateMoment } from "./use-word-selection";

const TranscribeDialog = lazy(async () => ({
  default: (await import("./TranscribeDialog")).TranscribeDialog,
}));

interface TranscriptPanelProps {
  video: VideoDetail;
  /** Adds a moment for selected words; null if that is not possible. */
  onCreateMoment: OnCreateMoment;
}

/** Shows the transcript, its progress or an empty state; captions dropped on it are imported. */
export function TranscriptPanel({ video, onCreateMoment }: TranscriptPanelProps) {
  const transcript = useQuery(transcriptQuery(video.id));
  const [isDialogOpen, setDialogOpen] = useState(false);
  const { isDragging, handlers } = useDropImport(video.id);
  const onTranscribe = () => setDialogOpen(true);
  return (
    <div className={styles.panel} {...handlers}>
      {transcript.isPending ? (
        <Loading />
      ) : transcript.data === undefined ? (
        <ErrorState isSmall error={transcript.error} onRetry={() => void transcript.refetch()} />
      ) : (
        <Content
          video={video}
          transcript={transcript.data}
          onTranscribe={onTranscribe}
          onCreateMoment={onCreateMoment}
        />
      )}
      {isDragging && <p className={styles.drop}>{t("transcript.dropCaptionsToImportThem")}</p>}
      {isDialogOpen && (
        <Boundary place="dialog" onClose={() => setDialogOpen(false)}>
          <TranscribeDialog
            video={video}
            transcript={transcript.data ?? null}
            onClose={() => setDialogOpen(false)}
          />
        </Boundary>
      )}
    </div>
  );
}

interface ContentProps {
  video: VideoDetail;
  transcript: TranscriptRead | null;
  onTranscribe: () => void;
  onCreateMoment: OnCreateMoment;
}

function Content({ video, transcript, onTranscribe, onCreateMoment }: ContentProps) {
  const run = useActiveRun(video.id);
  const onImport = () => void pickImport(video.id);
  if (transcript && transcript.segment_timestamps.length > 0)
    return <TranscriptView {...{ video, transcript, onTranscribe, onCreateMoment }} />;
  // A run may be about to find words in a video that had none.
  if (run && transcript) return <Transcribing run={run} />;
  if (transcript || (!run && hasNoAudio(video)))
    return <EmptyTranscript transcript={transcript} onTranscribe={onTranscribe} onImport={onImport} />;
  return <NoTranscript video={video} run={run} onTranscribe={onTranscribe} onImport={onImport} />;
}

/** Report whether the file was read and has no audio; rows of earlier versions name only the codec. */
function hasNoAudio({
  audio_streams: streams,
  audio_codec: codec,
  video_codec: video,
}: VideoDetail): boolean {
  return video !== null && codec === null && streams.length === 0;
}

const LINES = [92, 78, 96, 60, 88, 94, 70, 84, 90, 65, 93, 80];

function Loading() {
  return (
    <div className={styles.loading} aria-busy>
      {LINES.map((width) => (
        <Skeleton key={width} width={`${width}%`} height="1.1rem" />
      ))}
    </div>
  );
}

interface NoTranscriptProps {
  video: VideoDetail;
  run: RunState | undefined;
  onTranscribe: () => void;
  onImport: () => void;
}

function NoTranscript({ video, run, onTranscribe, onImport }: NoTranscriptProps) {
  const container = useRef<HTMLDivElement>(null);
  const start = useMutation({
    mutationFn: () => transcribeVideo(video.id),
    onMutate: () => container.current?.focus(), // the button disappears
    onError: (error) => toastError(t("transcript.couldNotStartTranscription"), error),
    onSettled: () => invalidate(runQuery(video.id).queryKey),
  });
  return (
    <div ref={container} tabIndex={-1} className={styles.none}>
      {run ? (
        <Transcribing run={run} />
      ) : (
        <EmptyState
          isSmall
          icon={<MessageSquareQuote />}
          title={t("transcript.noTranscriptYet")}
          actions={
            <>
              <Button variant="primary" isDisabled={start.isPending} onPress={() => start.mutate()}>
                {t("transcript.transcribe")}
              </Button>
              <Button variant="ghost" onPress={onTranscribe}>
                {t("transcript.options")}
              </Button>
              <Button variant="ghost" onPress={onImport}>
                {t("transcript.importCaptions")}
              </Button>
            </>
          }
        >
          <p>{t("transcript.transcribeTheVideoToRead")}</p>
        </EmptyState>
      )}
    </div>
  );
}

function Transcribing({ run }: { run: RunState }) {
  const percent = weightedPercent(run);
  return (
    <EmptyState isSmall icon={<MessageSquareQuote />} title={t("transcript.transcribing")}>
      <p>
        {statusText(run)}
        {percent !== null && <span className="tabular">, {formatPercent(percent)}</span>}
      </p>
      <Progress label={statusText(run)} percent={percent} />
    </EmptyState>
  );
}

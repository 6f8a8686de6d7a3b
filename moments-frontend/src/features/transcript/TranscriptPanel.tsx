import { useMutation, useQuery } from "@tanstack/react-query";
import { MessageSquareQuote, MicOff } from "lucide-react";
import { useRef } from "react";
import { invalidate } from "@/api/query-client";
import { statusText, weightedPercent } from "@/api/run-status";
import { runQuery, startRun } from "@/api/runs";
import type { RunState, VideoDetail } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { useActiveRun } from "@/api/use-run";
import { formatPercent } from "@/lib/format";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Progress } from "@/ui/Progress";
import { Skeleton } from "@/ui/Skeleton";
import { toastError } from "@/ui/Toasts";
import styles from "./Transcript.module.css";
import { TranscriptView } from "./TranscriptView";

/** Shows the transcript, its progress or an empty state. */
export function TranscriptPanel({ video }: { video: VideoDetail }) {
  const transcript = useQuery(transcriptQuery(video.id));
  if (transcript.isPending) return <Loading />;
  if (transcript.data === undefined)
    return <ErrorState isSmall error={transcript.error} onRetry={() => void transcript.refetch()} />;
  if (transcript.data === null) return <NoTranscript video={video} />;
  if (transcript.data.segment_timestamps.length === 0)
    return (
      <EmptyState isSmall icon={<MicOff />} title="No speech detected">
        <p>The audio was transcribed, but contains no words.</p>
      </EmptyState>
    );
  return <TranscriptView video={video} transcript={transcript.data} />;
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

function NoTranscript({ video }: { video: VideoDetail }) {
  const run = useActiveRun(video.id);
  const container = useRef<HTMLDivElement>(null);
  const start = useMutation({
    mutationFn: () => startRun({ video_id: video.id }),
    onMutate: () => container.current?.focus(), // the button disappears
    onError: (error) => toastError("Could not start transcription", error),
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
          title="No transcript yet"
          actions={
            <Button variant="primary" isDisabled={start.isPending} onPress={() => start.mutate()}>
              Transcribe
            </Button>
          }
        >
          <p>Transcribe the video to read and search it, show captions and find moments.</p>
        </EmptyState>
      )}
    </div>
  );
}

function Transcribing({ run }: { run: RunState }) {
  const percent = weightedPercent(run);
  return (
    <EmptyState isSmall icon={<MessageSquareQuote />} title="Transcribing…">
      <p>
        {statusText(run)}
        {percent !== null && <span className="tabular">, {formatPercent(percent)}</span>}
      </p>
      <Progress label={statusText(run)} percent={percent} />
    </EmptyState>
  );
}

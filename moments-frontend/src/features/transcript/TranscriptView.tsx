import { ArrowDownToLine } from "lucide-react";
import { useMemo } from "react";
import type { TranscriptRead, VideoDetail } from "@/api/schema";
import { usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { SearchBar } from "./SearchBar";
import { SegmentList } from "./SegmentList";
import { lastIndexAtOrBefore, toTimedSegments } from "./segments";
import styles from "./Transcript.module.css";
import { useSegmentList } from "./use-segment-list";
import { useTranscriptSearch } from "./use-transcript-search";

/** The transcript, with the current segment highlighted and scrolled into view. */
export function TranscriptView({ video, transcript }: { video: VideoDetail; transcript: TranscriptRead }) {
  const segments = useMemo(() => toTimedSegments(transcript), [transcript]);
  const starts = useMemo(() => segments.map(({ start }) => start), [segments]);
  const texts = useMemo(() => segments.map(({ text }) => text), [segments]);
  const current = usePlayerValue(({ time }) => lastIndexAtOrBefore(starts, time));
  const list = useSegmentList(segments.length, current);
  const { query, count, selected, highlights, isPending, search, step } = useTranscriptSearch({
    videoId: video.id,
    texts,
    starts,
    from: Math.max(0, current),
    list,
  });

  return (
    <>
      <SearchBar
        video={video}
        transcript={transcript}
        query={query}
        count={count}
        selected={selected}
        isPending={isPending}
        onSearch={search}
        onStep={step}
      />
      <div className={styles.segments}>
        <SegmentList segments={segments} current={current} highlights={highlights} list={list} />
        {!list.isFollowing && (
          <Button
            size="s"
            className={styles.follow}
            icon={<ArrowDownToLine aria-hidden />}
            onPress={() => list.follow()}
          >
            Follow
          </Button>
        )}
      </div>
    </>
  );
}

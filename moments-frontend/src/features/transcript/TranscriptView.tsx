import { ArrowDownToLine, Pencil } from "lucide-react";
import { type KeyboardEvent, useMemo, useState } from "react";
import type { TranscriptRead, VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { usePlayerValue } from "@/lib/player";
import { Boundary } from "@/ui/Boundary";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { isUncertain, languagesText, sourceText } from "./describe";
import { EditBar } from "./EditBar";
import { PrintedTranscript } from "./PrintedTranscript";
import { toRows } from "./rows";
import { SearchBar } from "./SearchBar";
import { SegmentList } from "./SegmentList";
import { lastIndexAtOrBefore, type TimedSegment, toTimedSegments } from "./segments";
import styles from "./Transcript.module.css";
import { ActionMenu, ExportMenu } from "./TranscriptMenus";
import { undoChange } from "./undo";
import { useCorrections } from "./use-corrections";
import { pickImport } from "./use-import";
import { useSegmentList } from "./use-segment-list";
import { useTranscriptSearch } from "./use-transcript-search";
import { type OnCreateMoment, useWordSelection } from "./use-word-selection";
import { WordSelectionBar } from "./WordSelectionBar";

const ReplaceDialog = lazy(async () => ({ default: (await import("./ReplaceDialog")).ReplaceDialog }));
const ResetDialog = lazy(async () => ({ default: (await import("./ResetDialog")).ResetDialog }));

interface TranscriptViewProps {
  video: VideoDetail;
  transcript: TranscriptRead;
  /** Opens the options of another transcription. */
  onTranscribe: () => void;
  onCreateMoment: OnCreateMoment;
}

/** The transcript, with the current segment highlighted and scrolled into view. */
export function TranscriptView(props: TranscriptViewProps) {
  const { video, transcript, onTranscribe, onCreateMoment } = props;
  const { segments, starts, texts, rows, rowOf } = useRows(transcript);
  const current = usePlayerValue(({ time }) => lastIndexAtOrBefore(starts, time));
  const corrections = useCorrections(video.id, segments);
  const list = useSegmentList({
    count: rows.length,
    current: rowOf[current] ?? -1,
    pinned: [...corrections.byIndex.keys()].map((index) => rowOf[index] ?? 0),
    isHeld: corrections.isOpen,
  });
  const showSegment = (index: number) => list.show(rowOf[index] ?? index);
  const find = useTranscriptSearch({
    videoId: video.id,
    texts,
    starts,
    from: Math.max(0, current),
    list: { show: showSegment, follow: list.follow },
  });
  const [isEditing, setEditing] = useState(false);
  const words = useWordSelection({ segments, rowOf, list, onCreate: isEditing ? null : onCreateMoment });

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut of the buttons inside
    <div className={styles.panel} onKeyDown={(event) => undoByKey(event, video.id)}>
      <PrintedTranscript segments={segments} language={transcript.language} />
      <Head
        videoId={video.id}
        transcript={transcript}
        segments={segments}
        find={find}
        isEditing={isEditing}
        onEditing={setEditing}
        onShowUncertain={(uncertain) =>
          showSegment(uncertain.find((index) => (rowOf[index] ?? 0) > list.tabStop) ?? uncertain[0] ?? 0)
        }
        onTranscribe={onTranscribe}
      />
      <div className={styles.segments}>
        <SegmentList
          rows={rows}
          language={transcript.language}
          current={current}
          highlights={find.highlights}
          list={list}
          corrections={corrections}
          words={words}
          isEditing={isEditing}
          onTranscribe={onTranscribe}
        />
        {words.selected && <WordSelectionBar selected={words.selected} words={words} />}
        {!words.selected && !list.isFollowing && !corrections.isOpen && (
          <FollowButton onFollow={() => list.follow()} />
        )}
      </div>
    </div>
  );
}

function FollowButton({ onFollow }: { onFollow: () => void }) {
  return (
    <Button size="s" className={styles.follow} icon={<ArrowDownToLine aria-hidden />} onPress={onFollow}>
      {t("transcript.follow")}
    </Button>
  );
}

interface HeadProps extends Pick<TranscriptViewProps, "transcript" | "onTranscribe"> {
  videoId: string;
  segments: readonly TimedSegment[];
  find: ReturnType<typeof useTranscriptSearch>;
  isEditing: boolean;
  onEditing: (isEditing: boolean) => void;
  /** Goes to the next of these segments. */
  onShowUncertain: (uncertain: readonly number[]) => void;
}

/** Search, actions, origin of the text, and the bar of the edit mode. */
function Head(props: HeadProps) {
  const { videoId, transcript, segments, find, isEditing, onEditing, onShowUncertain, onTranscribe } = props;
  const [dialog, setDialog] = useState<DialogName | null>(null);
  const undo = () => void undoChange(videoId);
  const uncertain = useMemo(() => segments.filter(isUncertain).map(({ index }) => index), [segments]);
  return (
    <>
      <SearchBar
        query={find.query}
        count={find.count}
        selected={find.selected}
        isPending={find.isPending}
        onSearch={find.search}
        onStep={find.step}
      >
        <IconButton
          label={t("transcript.editTranscript")}
          aria-pressed={isEditing}
          className={cx(isEditing && styles.pressed)}
          icon={<Pencil />}
          onPress={() => onEditing(!isEditing)}
        />
        <ExportMenu videoId={videoId} transcript={transcript} />
        <ActionMenu
          isEdited={transcript.edited}
          onReplace={() => setDialog("replace")}
          onImport={() => void pickImport(videoId)}
          onTranscribe={onTranscribe}
          onUndo={undo}
          onReset={() => setDialog("reset")}
        />
      </SearchBar>
      <Origin transcript={transcript} />
      {isEditing && (
        <EditBar
          uncertain={uncertain.length}
          canUndo={transcript.edited}
          onNextUncertain={() => onShowUncertain(uncertain)}
          onReplace={() => setDialog("replace")}
          onUndo={undo}
          onDone={() => onEditing(false)}
        />
      )}
      <Boundary place="dialog" onClose={() => setDialog(null)}>
        {dialog === "replace" && (
          <ReplaceDialog
            videoId={videoId}
            segments={segments}
            find={find.query}
            onClose={() => setDialog(null)}
          />
        )}
        {dialog === "reset" && <ResetDialog videoId={videoId} onClose={() => setDialog(null)} />}
      </Boundary>
    </>
  );
}

type DialogName = "replace" | "reset";

/** Return segments and rows of a transcript, and the row of each segment. */
function useRows(transcript: TranscriptRead) {
  return useMemo(() => {
    const segments = toTimedSegments(transcript);
    const rows = toRows(segments, transcript.sections);
    const rowOf: number[] = [];
    for (const [index, { segment }] of rows.entries()) if (segment) rowOf[segment.index] = index;
    const starts = segments.map(({ start }) => start);
    return { segments, starts, texts: segments.map(({ text }) => text), rows, rowOf };
  }, [transcript]);
}

function undoByKey(event: KeyboardEvent, videoId: string): void {
  if (!isUndoKey(event)) return;
  event.preventDefault();
  void undoChange(videoId);
}

/** Report whether a key press means undo; text fields undo their own changes. */
function isUndoKey({ key, ctrlKey, metaKey, shiftKey, altKey, target }: KeyboardEvent): boolean {
  if (key.toLowerCase() !== "z" || shiftKey || altKey || !(ctrlKey || metaKey)) return false;
  return target instanceof Element && !target.closest("input, textarea, [role=dialog]");
}

/** Language and source of the text. */
function Origin({ transcript }: { transcript: TranscriptRead }) {
  const isCorrected = transcript.segment_timestamps.some(({ edited }) => edited);
  const parts = [languagesText(transcript), sourceText(transcript), isCorrected && "Edited"];
  const shown = [...new Set(parts.filter(Boolean))];
  if (shown.length === 0) return null;
  return <p className={styles.origin}>{shown.join(" · ")}</p>;
}

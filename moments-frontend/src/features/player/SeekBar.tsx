import { MediaTimeRange } from "media-chrome/react";
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react";
import type { Storyboard } from "@/api/storyboard";
import { isPlayingRange, usePlayer, usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import { type Marker, markerAt, markerRange, type Section, sectionAt } from "./markers";
import { PointsRange } from "./PointsRange";
import styles from "./SeekBar.module.css";
import { SeekPreview } from "./SeekPreview";

interface SeekBarProps {
  chapters: readonly Section[];
  moments: readonly Marker[];
  storyboard: Storyboard | null;
}

/** Seek bar with chapters, moment markers and a preview of the position under the pointer or the keyboard focus.
 *
 * The markers are pointer targets only; the moments list is the accessible equivalent. */
export function SeekBar({ chapters, moments, storyboard }: SeekBarProps) {
  const player = usePlayer();
  const duration = usePlayerValue((of) => of.duration);
  const [pointed, setPointed] = useState<number | null>(null);
  const [isKeySeeking, showKeySeek] = useKeySeek();
  const keyed = usePlayerValue((of) => (isKeySeeking ? of.time : null));
  const shown = pointed ?? keyed;
  const under = pointed === null ? null : markerAt(moments, pointed);

  function timeAt(event: PointerEvent): number {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - left) / width));
    return share * (duration ?? 0);
  }
  const point = (event: PointerEvent) => setPointed(timeAt(event));
  const leave = () => setPointed(null);

  return (
    <div
      className={styles.bar}
      onPointerDown={point}
      onPointerMove={point}
      onPointerLeave={leave}
      onPointerCancel={leave}
      // A finger leaves no pointer over the bar.
      onPointerUp={(event) => event.pointerType === "touch" && leave()}
    >
      <MediaTimeRange className={styles.range} onKeyDown={showKeySeek} onBlur={() => showKeySeek(null)} />
      {duration !== null && <Dividers chapters={chapters} duration={duration} />}
      {duration !== null && <PointsRange duration={duration} />}
      {duration !== null && moments.length > 0 && (
        <Lane
          moments={moments}
          duration={duration}
          under={under}
          onPress={(event) => {
            const seconds = timeAt(event);
            player.seek(markerAt(moments, seconds)?.start_time ?? seconds);
          }}
        />
      )}
      {duration !== null && shown !== null && (
        <SeekPreview
          seconds={shown}
          duration={duration}
          title={under?.title ?? sectionAt(chapters, shown)?.title}
          storyboard={storyboard}
        />
      )}
    </div>
  );
}

/** Gaps of the seek bar where chapters start; the chapters list is the accessible equivalent. */
function Dividers({ chapters, duration }: { chapters: readonly Section[]; duration: number }) {
  const starts = chapters
    .map(({ start_time }) => start_time)
    .filter((start) => start > 0 && start < duration);
  return starts.map((start) => (
    <span
      key={start}
      aria-hidden
      data-divider
      className={styles.divider}
      style={{ left: `${(start / duration) * 100}%` }}
    />
  ));
}

interface LaneProps {
  moments: readonly Marker[];
  duration: number;
  /** The moment under the pointer. */
  under: Marker | null;
  onPress: (event: PointerEvent) => void;
}

/** Moment markers above the seek bar. */
function Lane({ moments, duration, under, onPress }: LaneProps) {
  const start = usePlayerValue((of) => of.range?.start ?? null);
  const end = usePlayerValue((of) => of.range?.end ?? null);
  return (
    <div aria-hidden className={styles.lane} onPointerDown={onPress}>
      {moments.map((moment) => {
        const band = markerRange(moment, duration);
        if (!band) return null;
        return (
          <span
            key={moment.id}
            className={cx(
              styles.mark,
              moment.is_kept && styles.kept,
              isPlayingRange(moment, start, end) && styles.alone,
              moment === under && styles.under,
            )}
            style={{ left: `${band.left}%`, width: `${band.width}%` }}
          />
        );
      })}
    </div>
  );
}

const KEY_PREVIEW_MS = 2_000;
const SEEK_KEYS = /^(Arrow(Left|Right|Up|Down)|Page(Up|Down)|Home|End|[jl0-9])$/i;

/** Report whether a key has just moved the position; the function takes each key press, or null to stop. */
function useKeySeek(): [boolean, (event: KeyboardEvent | null) => void] {
  const [isShown, setShown] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  function show(event: KeyboardEvent | null) {
    const isSeek =
      event !== null && SEEK_KEYS.test(event.key) && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event !== null && !isSeek) return;
    clearTimeout(timer.current);
    setShown(isSeek);
    if (isSeek) timer.current = setTimeout(() => setShown(false), KEY_PREVIEW_MS);
  }
  return [isShown, show];
}

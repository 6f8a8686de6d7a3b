import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { Slider, SliderThumb, SliderTrack } from "react-aria-components/Slider";
import type { Word } from "@/api/schema";
import { formatTime } from "@/lib/format";
import { usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import styles from "./TrimEditor.module.css";
import { keyStep, snapToWord, type TrimHandle, type TrimRange, wordsIn } from "./trim";

interface TrimTimelineProps {
  edges: TrimRange;
  /** Visible range of the video. */
  view: TrimRange;
  words: readonly Word[];
  isDisabled: boolean;
  onActive: (edge: TrimHandle) => void;
  onDrag: (edge: TrimHandle, seconds: number) => void;
  onDragEnd: () => void;
  /** Called when a key moves a handle, with the offset in seconds. */
  onStep: (edge: TrimHandle, seconds: number) => void;
}

const HANDLES = ["start", "end"] as const;
/** Snap distance to a word boundary. */
const SNAP_PIXELS = 8;
const SECONDS = { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 2 } as const;

/** Timeline with two trim handles and the word positions. */
export function TrimTimeline(props: TrimTimelineProps) {
  const { edges, view, words, isDisabled, onActive, onDrag, onDragEnd, onStep } = props;
  const track = useRef<HTMLDivElement>(null);
  const isFree = useAltKey();
  const length = view.end - view.start;
  // A typed time may be outside the video.
  const share = (seconds: number) => Math.min(1, Math.max(0, (seconds - view.start) / length)) * 100;

  function change(values: number[]) {
    const edge: TrimHandle = Math.abs((values[0] ?? 0) - edges.start) > 0.005 ? "start" : "end";
    const raw = values[edge === "start" ? 0 : 1];
    if (raw === undefined) return;
    const reach = (SNAP_PIXELS * length) / (track.current?.clientWidth || 1);
    onDrag(edge, isFree.current ? raw : snapToWord(words, edge, raw, reach));
  }
  /** Use small fixed steps, because the slider's own steps depend on its range. */
  function step(event: KeyboardEvent) {
    const { target, key, shiftKey } = event;
    const by = keyStep(key, shiftKey);
    const edge = (target as HTMLElement).closest<HTMLElement>("[data-edge]")?.dataset.edge as
      | TrimHandle
      | undefined;
    if (by === null || edge === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    onStep(edge, by);
  }

  return (
    <div className={styles.timeline} onKeyDownCapture={step}>
      <Slider
        aria-label="Part of the video"
        minValue={view.start}
        maxValue={view.end}
        step={0.01}
        value={[edges.start, edges.end]}
        onChange={change}
        onChangeEnd={onDragEnd}
        isDisabled={isDisabled}
        formatOptions={SECONDS}
        className={styles.slider ?? ""}
      >
        <SliderTrack ref={track} className={styles.track ?? ""}>
          <span
            aria-hidden
            className={styles.part}
            style={{ left: `${share(edges.start)}%`, right: `${100 - share(edges.end)}%` }}
          />
          <Words words={words} view={view} edges={edges} />
          <Playhead view={view} />
          {HANDLES.map((edge, index) => (
            <SliderThumb
              key={edge}
              index={index}
              data-edge={edge}
              aria-label={edge === "start" ? "Start" : "End"}
              className={cx(styles.thumb, styles[edge])}
              autoFocus={edge === "start"}
              onFocus={() => onActive(edge)}
            />
          ))}
        </SliderTrack>
      </Slider>
      <p aria-hidden className={styles.scale}>
        <span>{formatTime(view.start)}</span>
        <span>{formatTime(view.end)}</span>
      </p>
    </div>
  );
}

function Words({ words, view, edges }: { words: readonly Word[]; view: TrimRange; edges: TrimRange }) {
  const length = view.end - view.start;
  const shown = useMemo(() => wordsIn(words, view), [words, view]);
  return (
    <span aria-hidden className={styles.words}>
      {shown.map((word) => (
        <span
          key={`${word.start} ${word.end} ${word.word}`}
          className={cx(word.start >= edges.start - 0.01 && word.end <= edges.end + 0.01 && styles.inside)}
          style={{
            left: `${((word.start - view.start) / length) * 100}%`,
            width: `${((word.end - word.start) / length) * 100}%`,
          }}
        />
      ))}
    </span>
  );
}

/** Current position, if it is in the visible range. */
function Playhead({ view }: { view: TrimRange }) {
  const permille = usePlayerValue(({ time }) => {
    const share = (time - view.start) / (view.end - view.start);
    return share >= 0 && share <= 1 ? Math.round(share * 1000) : null;
  });
  if (permille === null) return null;
  return <span aria-hidden className={styles.playhead} style={{ left: `${permille / 10}%` }} />;
}

/** Track the Alt key, which disables snapping; slider events do not report it. */
function useAltKey() {
  const isHeld = useRef(false);
  useEffect(() => {
    const update = (event: PointerEvent | globalThis.KeyboardEvent) => {
      isHeld.current = event.altKey;
    };
    window.addEventListener("pointermove", update, true);
    window.addEventListener("keydown", update, true);
    window.addEventListener("keyup", update, true);
    return () => {
      window.removeEventListener("pointermove", update, true);
      window.removeEventListener("keydown", update, true);
      window.removeEventListener("keyup", update, true);
    };
  }, []);
  return isHeld;
}

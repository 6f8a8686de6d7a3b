import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { Slider, SliderThumb, SliderTrack } from "react-aria-components/Slider";
import type { Word } from "@/api/schema";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { listen } from "@/lib/listen";
import { usePlayerValue } from "@/lib/player";
import { cx } from "@/ui/cx";
import styles from "./TrimEditor.module.css";
import { HANDLE_LABELS, HANDLES, snapToWord, type TrimHandle, type TrimRange, wordsIn } from "./trim";
import { keyStep } from "./trim-steps";
import type { Trim } from "./use-trim";

interface TrimTimelineProps {
  trim: Trim;
  words: readonly Word[];
  isDisabled: boolean;
}

/** Snap distance to a word boundary. */
const SNAP_PIXELS = 8;
const SECONDS = { style: "unit", unit: "second", unitDisplay: "long", maximumFractionDigits: 2 } as const;

/** Timeline with two trim handles and the word positions. */
export function TrimTimeline({ trim, words, isDisabled }: TrimTimelineProps) {
  const { range, view } = trim;
  const track = useRef<HTMLDivElement>(null);
  const isAltPressed = useAltKey();
  const isDragging = useRef(false);

  function drag(values: number[]) {
    const handle: TrimHandle = Math.abs((values[0] ?? 0) - range.start) > 0.005 ? "start" : "end";
    const seconds = values[handle === "start" ? 0 : 1];
    if (seconds === undefined) return;
    if (!isDragging.current) trim.startDrag();
    isDragging.current = true;
    const reach = (SNAP_PIXELS * (view.end - view.start)) / (track.current?.clientWidth || 1);
    trim.drag(handle, isAltPressed.current ? seconds : snapToWord(words, handle, seconds, reach));
  }
  /** Use steps of the chosen unit, because the slider's own steps depend on its range. */
  function moveByKey(event: KeyboardEvent) {
    const step = keyStep(event.key, event.shiftKey, trim.unit);
    const handle = handleOf(event.target as Element);
    if (step === null || handle === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    trim.step(handle, step);
  }

  return (
    <div className={styles.timeline} onKeyDownCapture={moveByKey}>
      <Slider
        aria-label={t("moments.partOfTheVideo")}
        minValue={view.start}
        maxValue={view.end}
        step={0.01}
        value={[range.start, range.end]}
        onChange={drag}
        onChangeEnd={() => {
          if (isDragging.current) trim.endDrag();
          isDragging.current = false;
        }}
        isDisabled={isDisabled}
        formatOptions={SECONDS}
        className={styles.slider ?? ""}
      >
        <SliderTrack ref={track} className={styles.track ?? ""}>
          <Selection range={range} view={view} />
          <Words words={words} view={view} range={range} />
          <Playhead view={view} />
          <Thumbs onFocus={trim.setActive} />
        </SliderTrack>
      </Slider>
      <p aria-hidden className={styles.scale}>
        <span>{formatTime(view.start)}</span>
        <span>{formatTime(view.end)}</span>
      </p>
    </div>
  );
}

function Thumbs({ onFocus }: { onFocus: (handle: TrimHandle) => void }) {
  return HANDLES.map((handle, index) => (
    <SliderThumb
      key={handle}
      index={index}
      data-handle={handle}
      aria-label={HANDLE_LABELS[handle]}
      className={cx(styles.thumb, styles[handle])}
      autoFocus={handle === "start"}
      onFocus={() => onFocus(handle)}
    />
  ));
}

function handleOf(element: Element): TrimHandle | undefined {
  return element.closest<HTMLElement>("[data-handle]")?.dataset.handle as TrimHandle | undefined;
}

function Selection({ range, view }: { range: TrimRange; view: TrimRange }) {
  // A typed time may be outside the view.
  const percent = (seconds: number) =>
    Math.min(1, Math.max(0, (seconds - view.start) / (view.end - view.start))) * 100;
  const style = { left: `${percent(range.start)}%`, right: `${100 - percent(range.end)}%` };
  return <span aria-hidden className={styles.selection} style={style} />;
}

function Words({ words, view, range }: { words: readonly Word[]; view: TrimRange; range: TrimRange }) {
  const length = view.end - view.start;
  const shown = useMemo(() => wordsIn(words, view), [words, view]);
  return (
    <span aria-hidden className={styles.words}>
      {shown.map((word) => (
        <span
          key={`${word.start} ${word.end} ${word.word}`}
          className={cx(word.start >= range.start - 0.01 && word.end <= range.end + 0.01 && styles.inside)}
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
    const update = ({ altKey }: { altKey: boolean }) => {
      isHeld.current = altKey;
    };
    return listen(window, { pointermove: update, keydown: update, keyup: update }, true);
  }, []);
  return isHeld;
}

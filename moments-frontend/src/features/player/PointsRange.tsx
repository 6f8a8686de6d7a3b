import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { t } from "@/i18n";
import { spokenDuration } from "@/lib/format";
import { type PointName, usePlayer, usePlayerValue } from "@/lib/player";
import { useThrottledSeek } from "@/lib/use-throttled-seek";
import { cx } from "@/ui/cx";
import styles from "./PointsRange.module.css";

const STEP_SECONDS = 0.1;
const LARGE_STEP_SECONDS = 1;
/** Smallest distance between the points while one is moved: the shortest moment. */
const MIN_SECONDS = 1;
const NAMES = ["in", "out"] as const;
const LABELS = { in: "player.inPoint", out: "player.outPoint" } as const;

/** The part of the seek bar between the in and out points, with a handle for each. */
export function PointsRange({ duration }: { duration: number }) {
  const start = usePlayerValue(({ points }) => points.in);
  const end = usePlayerValue(({ points }) => points.out);
  const left = start === null ? null : percent(start, duration);
  const right = end === null ? null : percent(end, duration);
  return (
    <>
      {left !== null && right !== null && (
        <span aria-hidden className={styles.range} style={{ left: `${left}%`, width: `${right - left}%` }} />
      )}
      {NAMES.map((name) => (
        <Handle key={name} name={name} duration={duration} />
      ))}
    </>
  );
}

function percent(seconds: number, duration: number): number {
  return Math.min(1, Math.max(0, seconds / duration)) * 100;
}

/** Moves one point by dragging or with the arrow keys; the video shows its frame. */
function Handle({ name, duration }: { name: PointName; duration: number }) {
  const player = usePlayer();
  const seek = useThrottledSeek();
  const isDragging = useRef(false);
  const seconds = usePlayerValue(({ points }) => points[name]);
  if (seconds === null) return null;

  function moveTo(wanted: number) {
    const { in: start, out: end } = player.points;
    const least = name === "out" && start !== null ? start + MIN_SECONDS : 0;
    const most = name === "in" && end !== null ? end - MIN_SECONDS : duration;
    const next = Math.round(Math.min(Math.max(wanted, least), Math.max(most, 0)) * 100) / 100;
    player.setPoint(name, next);
    seek(next);
  }
  function drag(event: PointerEvent<HTMLElement>) {
    const bar = event.currentTarget.parentElement?.getBoundingClientRect();
    if (isDragging.current && bar) moveTo(((event.clientX - bar.left) / bar.width) * duration);
  }
  function move(event: KeyboardEvent) {
    const direction = DIRECTIONS[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    moveTo((seconds ?? 0) + direction * (event.shiftKey ? LARGE_STEP_SECONDS : STEP_SECONDS));
  }
  const stop = () => {
    isDragging.current = false;
  };
  return (
    <span
      role="slider"
      tabIndex={0}
      aria-label={t(LABELS[name])}
      aria-valuemin={0}
      aria-valuemax={duration}
      aria-valuenow={seconds}
      aria-valuetext={spokenDuration(seconds)}
      className={cx(styles.handle, styles[name])}
      style={{ left: `${percent(seconds, duration)}%` }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        isDragging.current = true;
      }}
      onPointerMove={drag}
      onPointerUp={stop}
      onPointerCancel={stop}
      onKeyDown={move}
    />
  );
}

const DIRECTIONS: Readonly<Record<string, 1 | -1>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
};

/** Playback state and control, shared by the player, the transcript and the moments.
 *
 * The time changes 60 times a second, so it is not React state: components select a value and render again only
 * when that changes. */

import { createContext, use, useSyncExternalStore } from "react";
import { createEmitter } from "./emitter";
import { listen } from "./listen";
import type { TimeRange } from "./media-fragment";

export type PointName = "in" | "out";
export type Points = Readonly<Record<PointName, number | null>>;
export const NO_POINTS: Points = { in: null, out: null };

/** Set a point; the other one is removed if it would be on the wrong side. */
export function withPoint(points: Points, name: PointName, seconds: number): Points {
  const next: Points = { ...points, [name]: seconds };
  if (next.in === null || next.out === null || next.in < next.out) return next;
  return { ...NO_POINTS, [name]: seconds };
}

interface RangeOptions {
  play?: boolean;
  isLooping?: boolean;
  from?: number;
}

export class Player {
  #video: HTMLVideoElement | null = null;
  readonly #changes = createEmitter();
  #frame = 0;
  #range: TimeRange | null = null;
  #isLooping = false;
  #points: Points = NO_POINTS;
  /** A seek requested before the element was attached. */
  #pending: { seconds: number; play: boolean } | null = null;

  /** Set the video element. Returns a function that removes it. */
  attach(video: HTMLVideoElement | null): () => void {
    if (!video) return () => undefined;
    this.#video = video;
    const stops = [
      listen(video, Object.fromEntries(EVENTS.map((name) => [name, this.#changed]))),
      listen(video.textTracks, { change: this.#changed }),
    ];
    const pending = this.#pending;
    this.#pending = null;
    if (pending) this.#moveTo(pending.seconds, pending.play);
    else this.#changes.emit();
    return () => {
      for (const stop of stops) stop();
      cancelAnimationFrame(this.#frame);
      this.#video = null;
    };
  }

  get video(): HTMLVideoElement | null {
    return this.#video;
  }
  get time(): number {
    return this.#video?.currentTime ?? this.#pending?.seconds ?? 0;
  }
  /** Seconds; null until the metadata is loaded. */
  get duration(): number | null {
    const seconds = this.#video?.duration;
    return seconds && Number.isFinite(seconds) ? seconds : null;
  }
  get isPaused(): boolean {
    return this.#video?.paused ?? true;
  }
  /** The range being played on its own, if any. */
  get range(): TimeRange | null {
    return this.#range;
  }

  /** True if the range starts again at its end. */
  get isLooping(): boolean {
    return this.#range !== null && this.#isLooping;
  }
  /** Start and end of a new moment, as marked by the user; null if not set. */
  get points(): Points {
    return this.#points;
  }

  /** Set one point; a point on the wrong side of the other one replaces it. */
  setPoint(name: PointName, seconds: number): void {
    this.#points = withPoint(this.#points, name, seconds);
    this.#changes.emit();
  }

  setPoints(points: Points): void {
    this.#points = points;
    this.#changes.emit();
  }

  /** Seek to a time and leave the range. */
  seek(seconds: number, { play = false }: { play?: boolean } = {}): void {
    this.#range = null;
    this.#moveTo(seconds, play);
  }

  /** Play a range and pause at its end, or repeat it; `from` is the first position. */
  playRange(
    range: TimeRange,
    { play = true, isLooping = false, from = range.start }: RangeOptions = {},
  ): void {
    this.#range = range.end === null ? null : range;
    this.#isLooping = isLooping;
    this.#moveTo(from, play);
  }

  /** Pause, and leave the range if it is repeated. */
  stopLoop(): void {
    if (!this.isLooping) return;
    this.#range = null;
    this.#video?.pause();
    this.#changes.emit();
  }

  #moveTo(seconds: number, play: boolean): void {
    const video = this.#video;
    if (!video) {
      this.#pending = { seconds, play };
      return;
    }
    video.currentTime = Math.max(0, Math.min(seconds, this.duration ?? seconds));
    if (play) video.play().catch(() => undefined); // browsers may require a user gesture
    this.#changes.emit();
  }

  readonly subscribe = this.#changes.subscribe;

  readonly #changed = (event: Event): void => {
    const range = this.#range;
    const isOutside = range && (this.time < range.start - 1 || this.time > (range.end ?? 0) + 0.5);
    if (event.type === "seeking" && isOutside) this.#range = null; // the user left the range
    if (event.type === "ended" && this.isLooping) this.#moveTo(range?.start ?? 0, true);
    this.#tick();
  };

  readonly #tick = (): void => {
    cancelAnimationFrame(this.#frame);
    const end = this.#range?.end;
    if (end != null && this.time >= end && !this.isPaused) {
      if (this.#isLooping && this.#video) this.#video.currentTime = this.#range?.start ?? 0;
      else {
        this.#range = null;
        this.#video?.pause();
      }
    }
    this.#changes.emit();
    if (!this.isPaused) this.#frame = requestAnimationFrame(this.#tick);
  };
}

const EVENTS = [
  "play",
  "pause",
  "seeking",
  "seeked",
  "timeupdate",
  "durationchange",
  "ratechange",
  "ended",
  "emptied",
] as const;

const PlayerContext = createContext<Player | null>(null);
export const PlayerProvider = PlayerContext.Provider;

export function usePlayer(): Player {
  const player = use(PlayerContext);
  if (!player) throw new Error("usePlayer needs a PlayerProvider");
  return player;
}

/** Return a value of the player and render again when it changes. It must be a primitive. */
export function usePlayerValue<Value extends string | number | boolean | null>(
  read: (player: Player) => Value,
): Value {
  const player = usePlayer();
  return useSyncExternalStore(player.subscribe, () => read(player));
}

/** Report whether a range is that of the moment, within rounding. */
export function isPlayingRange(
  { start_time, end_time }: { start_time: number; end_time: number },
  start: number | null,
  end: number | null,
): boolean {
  const isNear = (one: number, other: number | null) => other !== null && Math.abs(one - other) < 0.05;
  return isNear(start_time, start) && isNear(end_time, end);
}

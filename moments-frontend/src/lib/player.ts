/** The player as the other parts of the page know it: where it is, and how to send it elsewhere.
 *
 * The time changes sixty times a second, so it is no React state: who wants it says what of it matters to
 * them, and is drawn anew only when that changes. */

import { createContext, use, useSyncExternalStore } from "react";
import { createEmitter } from "./emitter";
import type { TimeRange } from "./media-fragment";

export class Player {
  #video: HTMLVideoElement | null = null;
  readonly #changes = createEmitter();
  #frame = 0;
  #range: TimeRange | null = null;
  /** Where to go as soon as there is a video. */
  #pending: { seconds: number; play: boolean } | null = null;

  /** Called by the player's component with its element, and with null when that goes. */
  readonly attach = (video: HTMLVideoElement | null): void => {
    if (this.#video) {
      for (const name of EVENTS) this.#video.removeEventListener(name, this.#changed);
      this.#video.textTracks.removeEventListener("change", this.#changed);
    }
    cancelAnimationFrame(this.#frame);
    this.#video = video;
    if (!video) return;
    for (const name of EVENTS) video.addEventListener(name, this.#changed);
    video.textTracks.addEventListener("change", this.#changed);
    const pending = this.#pending;
    this.#pending = null;
    if (pending) this.#go(pending.seconds, pending.play);
    else this.#changes.emit();
  };

  get video(): HTMLVideoElement | null {
    return this.#video;
  }
  get time(): number {
    return this.#video?.currentTime ?? this.#pending?.seconds ?? 0;
  }
  /** Seconds; null until the browser knows. */
  get duration(): number | null {
    const seconds = this.#video?.duration;
    return seconds && Number.isFinite(seconds) ? seconds : null;
  }
  get isPaused(): boolean {
    return this.#video?.paused ?? true;
  }
  /** The part that is being played alone, if one is. */
  get range(): TimeRange | null {
    return this.#range;
  }

  /** Go to a time; a part that was played alone is left. */
  seek(seconds: number, { play = false }: { play?: boolean } = {}): void {
    this.#range = null;
    this.#go(seconds, play);
  }

  /** Play only this part: it stops at its end. */
  playRange(range: TimeRange, { play = true }: { play?: boolean } = {}): void {
    this.#range = range.end === null ? null : range;
    this.#go(range.start, play);
  }

  #go(seconds: number, play: boolean): void {
    const video = this.#video;
    if (!video) {
      this.#pending = { seconds, play };
      return;
    }
    video.currentTime = Math.max(0, Math.min(seconds, this.duration ?? seconds));
    if (play) video.play().catch(() => undefined); // a browser may want a press of a button first
    this.#changes.emit();
  }

  readonly subscribe = this.#changes.subscribe;

  readonly #changed = (event: Event): void => {
    const range = this.#range;
    const isOutside = range && (this.time < range.start - 1 || this.time > (range.end ?? 0) + 0.5);
    if (event.type === "seeking" && isOutside) this.#range = null; // somebody went elsewhere
    this.#tick();
  };

  readonly #tick = (): void => {
    cancelAnimationFrame(this.#frame);
    const end = this.#range?.end;
    if (end != null && this.time >= end && !this.isPaused) {
      this.#range = null;
      this.#video?.pause();
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
  if (!player) throw new Error("there is no player around this");
  return player;
}

/** What `read` makes of the player, again whenever that changes. It has to be a plain value. */
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

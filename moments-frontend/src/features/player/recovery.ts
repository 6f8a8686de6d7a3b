/** Recovers playback after an error.
 *
 * Signed URLs expire after an hour. Range requests then fail and the browser stops. Reloading the stream URL yields
 * a new signed URL, and also helps after a network failure. Retries are automatic with increasing delays, then
 * manual. */

import type { Problem } from "@/api/schema";
import { createEmitter } from "@/lib/emitter";
import { fetchFailed, probeSource, type Source } from "./source";

export type PlaybackStatus =
  | { kind: "ok" }
  /** A retry is in progress. */
  | { kind: "recovering" }
  /** The browser does not support the format, or the file is damaged. */
  | { kind: "unplayable" }
  | { kind: "failed"; problem: Problem };

export interface PlaybackError {
  /** `MediaError.code`: 1 aborted, 2 network, 3 decode, 4 source not supported. */
  code: number;
  /** True if metadata had been loaded before the error. */
  wasLoaded: boolean;
  /** Location of the bytes. */
  source: Source;
  /** Retries since playback last succeeded. */
  attempts: number;
  /** True if the browser probably supports the format. */
  isLikelyPlayable: boolean;
}

export type Decision = { retryInMs: number } | PlaybackStatus;

/** Delay before each retry, in milliseconds. */
export const RETRY_DELAYS_MS = [300, 2_000, 6_000] as const;

/** Timeout per attempt; browsers wait about 30 s for an unreachable server. */
export const STALL_TIMEOUT_MS = 15_000;

/** Decide whether to retry after an error, and when. */
export function decide({ code, wasLoaded, source, attempts, isLikelyPlayable }: PlaybackError): Decision {
  if (code === 1) return { kind: "ok" }; // aborted on request
  const isUnread = code === 4 && !wasLoaded;
  // The source is reachable now, but the request of the video may have failed: one retry shows it.
  if (isUnread && source.kind === "local" && attempts > 0) return { kind: "unplayable" };
  if (code === 3 && attempts > 0) return { kind: "unplayable" };
  if (source.kind === "rejected" && !source.problem.retryable)
    return { kind: "failed", problem: source.problem };
  const retryInMs =
    isUnread && !isLikelyPlayable ? RETRY_DELAYS_MS.slice(0, 1)[attempts] : RETRY_DELAYS_MS[attempts];
  if (retryInMs !== undefined) return { retryInMs };
  if (source.kind === "rejected") return { kind: "failed", problem: source.problem };
  return isUnread && !isLikelyPlayable ? { kind: "unplayable" } : { kind: "failed", problem: fetchFailed() };
}

const NETWORK = 2;

/** Seconds of playback after which the retry count is reset. */
const STABLE_SECONDS = 5;

export class Recovery {
  #status: PlaybackStatus = { kind: "ok" };
  readonly #changes = createEmitter();
  #attempts = 0;
  #wasLoaded = false;
  /** True if the user started playback; browsers pause a failed video. */
  #shouldPlay: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Position and speed at the time of the error; null while playback works. */
  #interrupted: { seconds: number; speed: number } | null = null;
  #resumedAt = 0;
  readonly #abort = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly isLikelyPlayable: () => boolean,
    private readonly probe: (url: string) => Promise<Source> = probeSource,
  ) {
    const options = { signal: this.#abort.signal };
    this.#shouldPlay = !video.paused;
    this.#wasLoaded = video.readyState > 0;
    video.addEventListener("play", () => this.#setShouldPlay(true), options);
    video.addEventListener("pause", () => this.#setShouldPlay(false), options);
    video.addEventListener("error", () => void this.#handleError(), options);
    video.addEventListener("loadedmetadata", () => this.#restorePosition(), options);
    for (const name of ["canplay", "seeked", "playing"])
      video.addEventListener(name, () => this.#handleProgress(), options);
    video.addEventListener("timeupdate", () => this.#resetAttempts(), options);
    if (video.error) void this.#handleError();
  }

  get status(): PlaybackStatus {
    return this.#status;
  }

  readonly subscribe = this.#changes.subscribe;

  stop(): void {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** Retry on request, with a fresh retry count. */
  readonly retry = (): void => {
    this.#attempts = 0;
    this.#setStatus({ kind: "recovering" });
    this.#reload();
  };

  #setStatus(status: PlaybackStatus): void {
    this.#status = status;
    this.#changes.emit();
  }

  #setShouldPlay(shouldPlay: boolean): void {
    if (shouldPlay || (!this.video.error && this.#status.kind === "ok")) this.#shouldPlay = shouldPlay;
  }

  async #handleError(): Promise<void> {
    const { video } = this;
    clearTimeout(this.#timer);
    const code = video.error?.code ?? NETWORK;
    this.#interrupted ??= { seconds: video.currentTime, speed: video.playbackRate };
    const source = await this.probe(this.url);
    if (this.#abort.signal.aborted) return;
    const error = { code, wasLoaded: this.#wasLoaded, source, attempts: this.#attempts };
    const decision = decide({ ...error, isLikelyPlayable: this.isLikelyPlayable() });
    if (!("retryInMs" in decision)) {
      if (decision.kind === "ok") this.#interrupted = null;
      this.#setStatus(decision);
      return;
    }
    this.#attempts += 1;
    this.#setStatus({ kind: "recovering" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reload(), decision.retryInMs);
  }

  /** Reload the stream URL. Volume and captions persist on the element; position and speed are restored later. */
  #reload(): void {
    clearTimeout(this.#timer);
    this.video.load();
    this.#timer = setTimeout(() => void this.#handleError(), STALL_TIMEOUT_MS);
  }

  #restorePosition(): void {
    this.#wasLoaded = true;
    const { video } = this;
    const interrupted = this.#interrupted;
    if (!interrupted) return;
    video.currentTime = interrupted.seconds;
    video.playbackRate = interrupted.speed;
    this.#resumedAt = interrupted.seconds;
    if (this.#shouldPlay) video.play().catch(() => undefined); // autoplay may require a user gesture
  }

  /** End the recovery once frames arrive; metadata alone may come from the browser cache. */
  #handleProgress(): void {
    if (!this.#interrupted || this.video.error || this.video.seeking || this.video.readyState < 2) return;
    this.#interrupted = null;
    clearTimeout(this.#timer);
    this.#setStatus({ kind: "ok" });
  }

  #resetAttempts(): void {
    if (this.#interrupted) return; // reloading first resets the position to 0
    if (this.#attempts > 0 && Math.abs(this.video.currentTime - this.#resumedAt) > STABLE_SECONDS)
      this.#attempts = 0;
  }
}

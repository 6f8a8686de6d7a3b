/** Gets a video going again that has stopped with an error.
 *
 * The address of a video in the cloud leads to a link that lives for an hour; what is asked of that link later is
 * refused, and the browser gives up. The same address asked anew leads to a new link. The same helps where the
 * network was away. It is tried a few times, each later than the one before, and then only if somebody asks. */

import type { Problem } from "@/api/schema";
import { createEmitter } from "@/lib/emitter";
import { FETCH_FAILED, probeSource, type Source } from "./source";

export type PlaybackStatus =
  | { kind: "ok" }
  /** It is being got going again. */
  | { kind: "recovering" }
  /** This browser cannot play such a file, or it is damaged. */
  | { kind: "unplayable" }
  | { kind: "failed"; problem: Problem };

export interface PlaybackError {
  /** MediaError's: 1 aborted, 2 network, 3 decoding, 4 not usable. */
  code: number;
  /** Whether the browser had understood the file before. */
  wasLoaded: boolean;
  /** What the API says of the bytes. */
  source: Source;
  /** How often it was tried since it last played. */
  attempts: number;
  /** Whether the file's kind is one that this browser plays, as far as one can know. */
  isLikelyPlayable: boolean;
}

export type Decision = { retryInMs: number } | PlaybackStatus;

/** Milliseconds before each try. */
export const RETRY_DELAYS_MS = [300, 2_000, 6_000] as const;

/** So long a try may take: a browser waits for a storage that is away for half a minute by itself. */
export const STALL_TIMEOUT_MS = 15_000;

/** What to do about an error. */
export function decide({ code, wasLoaded, source, attempts, isLikelyPlayable }: PlaybackError): Decision {
  if (code === 1) return { kind: "ok" }; // somebody asked for that
  const isUnread = code === 4 && !wasLoaded;
  if (isUnread && source.kind === "local") return { kind: "unplayable" };
  if (code === 3 && attempts > 0) return { kind: "unplayable" };
  if (source.kind === "rejected" && !source.problem.retryable)
    return { kind: "failed", problem: source.problem };
  const retryInMs =
    isUnread && !isLikelyPlayable ? RETRY_DELAYS_MS.slice(0, 1)[attempts] : RETRY_DELAYS_MS[attempts];
  if (retryInMs !== undefined) return { retryInMs };
  if (source.kind === "rejected") return { kind: "failed", problem: source.problem };
  return isUnread && !isLikelyPlayable ? { kind: "unplayable" } : { kind: "failed", problem: FETCH_FAILED };
}

const NETWORK = 2;

/** How long it has to play until the tries before are forgotten. */
const STABLE_SECONDS = 5;

export class Recovery {
  #status: PlaybackStatus = { kind: "ok" };
  readonly #changes = createEmitter();
  #attempts = 0;
  #wasLoaded = false;
  /** Whether somebody wants it to play: browsers pause what has failed. */
  #shouldPlay: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Where it was and how fast when it stopped; null while all is well. */
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

  /** Somebody asks for it: from the start of the tries. */
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

  /** The same address once more. Volume and captions are the element's and stay; place and speed do not. */
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
    if (this.#shouldPlay) video.play().catch(() => undefined); // a browser may want a press of a button first
  }

  /** What a file says of itself may come out of the browser's memory: only pictures tell that it goes on. */
  #handleProgress(): void {
    if (!this.#interrupted || this.video.error || this.video.seeking || this.video.readyState < 2) return;
    this.#interrupted = null;
    clearTimeout(this.#timer);
    this.#setStatus({ kind: "ok" });
  }

  #resetAttempts(): void {
    if (this.#interrupted) return; // a video that is loaded anew jumps to its start first
    if (this.#attempts > 0 && Math.abs(this.video.currentTime - this.#resumedAt) > STABLE_SECONDS)
      this.#attempts = 0;
  }
}

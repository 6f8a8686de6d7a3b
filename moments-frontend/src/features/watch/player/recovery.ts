/** Gets a video going again that has stopped with an error.
 *
 * The address of a video in the cloud leads to a link that lives for an hour; what is asked of that link later is
 * refused, and the browser gives up. The same address asked anew leads to a new link. The same helps where the
 * network was away. It is tried a few times, each later than the one before, and then only if somebody asks. */

import type { Problem } from "@/api/schema";
import { askSource, NOT_FETCHED, type Source } from "./source";

export type Condition =
  | { kind: "fine" }
  /** It is being got going again. */
  | { kind: "trying" }
  /** This browser cannot play such a file, or it is damaged. */
  | { kind: "unplayable" }
  | { kind: "failed"; problem: Problem };

export interface Trouble {
  /** MediaError's: 1 aborted, 2 network, 3 decoding, 4 not usable. */
  code: number;
  /** Whether the browser had understood the file before. */
  wasLoaded: boolean;
  /** What the API says of the bytes. */
  source: Source;
  /** How often it was tried since it last played. */
  tries: number;
  /** Whether the file's kind is one that this browser plays, as far as one can know. */
  isKindKnown: boolean;
}

export type Decision = { again: number } | Condition;

/** Milliseconds before each try. */
export const DELAYS = [300, 2_000, 6_000] as const;

/** So long a try may take: a browser waits for a storage that is away for half a minute by itself. */
export const PATIENCE_MS = 15_000;

/** What to do about an error. */
export function decide({ code, wasLoaded, source, tries, isKindKnown }: Trouble): Decision {
  if (code === 1) return { kind: "fine" }; // somebody asked for that
  const isUnread = code === 4 && !wasLoaded;
  if (isUnread && source.kind === "here") return { kind: "unplayable" };
  if (code === 3 && tries > 0) return { kind: "unplayable" };
  if (source.kind === "refused" && !source.problem.retryable)
    return { kind: "failed", problem: source.problem };
  const again = isUnread && !isKindKnown ? DELAYS.slice(0, 1)[tries] : DELAYS[tries];
  if (again !== undefined) return { again };
  if (source.kind === "refused") return { kind: "failed", problem: source.problem };
  return isUnread && !isKindKnown ? { kind: "unplayable" } : { kind: "failed", problem: NOT_FETCHED };
}

const NETWORK = 2;

/** How long it has to play until the tries before are forgotten. */
const SETTLED_SECONDS = 5;

export class Recovery {
  #condition: Condition = { kind: "fine" };
  #listeners = new Set<() => void>();
  #tries = 0;
  #wasLoaded = false;
  /** Whether somebody wants it to play: browsers pause what has failed. */
  #isWanted: boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Where it was and how fast when it stopped; null while all is well. */
  #before: { seconds: number; speed: number } | null = null;
  #startedAt = 0;
  readonly #off = new AbortController();

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly isKindKnown: () => boolean,
    private readonly ask: (url: string) => Promise<Source> = askSource,
  ) {
    const options = { signal: this.#off.signal };
    this.#isWanted = !video.paused;
    this.#wasLoaded = video.readyState > 0;
    video.addEventListener("play", () => this.#want(true), options);
    video.addEventListener("pause", () => this.#want(false), options);
    video.addEventListener("error", () => void this.#stumble(), options);
    video.addEventListener("loadedmetadata", () => this.#loaded(), options);
    for (const name of ["canplay", "seeked", "playing"])
      video.addEventListener(name, () => this.#goesOn(), options);
    video.addEventListener("timeupdate", () => this.#moved(), options);
    if (video.error) void this.#stumble();
  }

  get condition(): Condition {
    return this.#condition;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#off.abort();
  }

  /** Somebody asks for it: from the start of the tries. */
  readonly tryAgain = (): void => {
    this.#tries = 0;
    this.#become({ kind: "trying" });
    this.#reload();
  };

  #become(condition: Condition): void {
    this.#condition = condition;
    for (const listener of this.#listeners) listener();
  }

  #want(isWanted: boolean): void {
    if (isWanted || (!this.video.error && this.#condition.kind === "fine")) this.#isWanted = isWanted;
  }

  async #stumble(): Promise<void> {
    const { video } = this;
    clearTimeout(this.#timer);
    const code = video.error?.code ?? NETWORK;
    this.#before ??= { seconds: video.currentTime, speed: video.playbackRate };
    const source = await this.ask(this.url);
    if (this.#off.signal.aborted) return;
    const trouble = { code, wasLoaded: this.#wasLoaded, source, tries: this.#tries };
    const decision = decide({ ...trouble, isKindKnown: this.isKindKnown() });
    if (!("again" in decision)) {
      if (decision.kind === "fine") this.#before = null;
      this.#become(decision);
      return;
    }
    this.#tries += 1;
    this.#become({ kind: "trying" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reload(), decision.again);
  }

  /** The same address once more. Volume and captions are the element's and stay; place and speed do not. */
  #reload(): void {
    clearTimeout(this.#timer);
    this.video.load();
    this.#timer = setTimeout(() => void this.#stumble(), PATIENCE_MS);
  }

  #loaded(): void {
    this.#wasLoaded = true;
    const { video } = this;
    const before = this.#before;
    if (!before) return;
    video.currentTime = before.seconds;
    video.playbackRate = before.speed;
    this.#startedAt = before.seconds;
    if (this.#isWanted) video.play().catch(() => undefined); // a browser may want a press of a button first
  }

  /** What a file says of itself may come out of the browser's memory: only pictures tell that it goes on. */
  #goesOn(): void {
    if (!this.#before || this.video.error || this.video.seeking || this.video.readyState < 2) return;
    this.#before = null;
    clearTimeout(this.#timer);
    this.#become({ kind: "fine" });
  }

  #moved(): void {
    if (this.#before) return; // a video that is loaded anew jumps to its start first
    if (this.#tries > 0 && Math.abs(this.video.currentTime - this.#startedAt) > SETTLED_SECONDS)
      this.#tries = 0;
  }
}

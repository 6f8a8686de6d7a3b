/** How fast something comes, and how long the rest takes. */

const WEIGHT = 0.3;

/** Smooths the speed over some seconds, so that the time that is left does not jump. */
export class Pace {
  #at: number;
  #done = 0;
  #perSecond: number | null = null;

  constructor(now: number) {
    this.#at = now;
  }

  /** Hear of `done` units at `now` milliseconds. */
  hear(done: number, now: number): void {
    const seconds = (now - this.#at) / 1000;
    if (seconds < 0.5) return;
    const speed = Math.max(0, done - this.#done) / seconds;
    this.#perSecond = this.#perSecond === null ? speed : this.#perSecond + WEIGHT * (speed - this.#perSecond);
    this.#at = now;
    this.#done = done;
  }

  /** Seconds until `total`; null while nobody can say. */
  left(total: number): number | null {
    if (this.#perSecond === null || this.#perSecond <= 0) return null;
    return Math.max(0, total - this.#done) / this.#perSecond;
  }
}

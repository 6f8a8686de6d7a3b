const SMOOTHING = 0.3;
const MIN_INTERVAL_SECONDS = 0.5;

/** Estimates a transfer's remaining time from an exponentially smoothed rate. */
export class TransferRate {
  #updatedAt: number;
  #done = 0;
  #perSecond: number | null = null;

  constructor(now: number) {
    this.#updatedAt = now;
  }

  /** Record that `done` units have been transferred at `now`, in milliseconds. */
  update(done: number, now: number): void {
    const seconds = (now - this.#updatedAt) / 1000;
    if (seconds < MIN_INTERVAL_SECONDS) return;
    const rate = Math.max(0, done - this.#done) / seconds;
    this.#perSecond =
      this.#perSecond === null ? rate : this.#perSecond + SMOOTHING * (rate - this.#perSecond);
    this.#updatedAt = now;
    this.#done = done;
  }

  /** Return the estimated seconds until `total` units; null without an estimate. */
  secondsRemaining(total: number): number | null {
    if (this.#perSecond === null || this.#perSecond <= 0) return null;
    return Math.max(0, total - this.#done) / this.#perSecond;
  }
}

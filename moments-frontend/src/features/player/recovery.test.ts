// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { decide, type PlaybackError, RETRY_DELAYS_MS, Recovery, STALL_TIMEOUT_MS } from "./recovery";
import { fetchFailed, probeSource, type Source } from "./source";

const NETWORK = 2;
const DECODING = 3;
const NOT_USABLE = 4;
const gone: Source = {
  kind: "rejected",
  problem: { ...fetchFailed(), title: "Video not found", status: 404, retryable: false },
};
const away: Source = { kind: "rejected", problem: { ...fetchFailed(), title: "Video unreachable" } };

const playbackError = (changes: Partial<PlaybackError>): PlaybackError => ({
  code: NETWORK,
  wasLoaded: true,
  source: { kind: "remote" },
  attempts: 0,
  isLikelyPlayable: true,
  ...changes,
});

test("an expired link is retried with increasing delays, then given up", () => {
  const decisions = [0, 1, 2, 3].map((attempts) => decide(playbackError({ attempts })));
  expect(decisions.slice(0, 3)).toEqual(RETRY_DELAYS_MS.map((retryInMs) => ({ retryInMs })));
  expect(decisions[3]).toEqual({ kind: "failed", problem: fetchFailed() });
});

test("a link rejected at the first byte is retried", () => {
  expect(decide(playbackError({ code: NOT_USABLE, wasLoaded: false }))).toEqual({
    retryInMs: RETRY_DELAYS_MS[0],
  });
  expect(decide(playbackError({ code: NOT_USABLE, wasLoaded: true }))).toEqual({
    retryInMs: RETRY_DELAYS_MS[0],
  });
});

test("an unreadable local file is retried once, because its first request may have failed", () => {
  const unread = playbackError({ code: NOT_USABLE, wasLoaded: false, source: { kind: "local" } });
  expect(decide(unread)).toEqual({ retryInMs: RETRY_DELAYS_MS[0] });
  expect(decide({ ...unread, attempts: 1 })).toEqual({ kind: "unplayable" });
});

test("an unsupported format in the bucket is retried once", () => {
  const unread = playbackError({ code: NOT_USABLE, wasLoaded: false, isLikelyPlayable: false });
  expect(decide(unread)).toEqual({ retryInMs: RETRY_DELAYS_MS[0] });
  expect(decide({ ...unread, attempts: 1 })).toEqual({ kind: "unplayable" });
});

test("a decode error is retried once", () => {
  expect(decide(playbackError({ code: DECODING }))).toEqual({ retryInMs: RETRY_DELAYS_MS[0] });
  expect(decide(playbackError({ code: DECODING, attempts: 1 }))).toEqual({ kind: "unplayable" });
});

test("a missing video fails at once, an unreachable server is retried", () => {
  expect(decide(playbackError({ source: gone }))).toMatchObject({
    kind: "failed",
    problem: { title: "Video not found" },
  });
  expect(decide(playbackError({ source: away }))).toEqual({ retryInMs: RETRY_DELAYS_MS[0] });
  expect(decide(playbackError({ source: away, attempts: RETRY_DELAYS_MS.length }))).toMatchObject({
    kind: "failed",
    problem: { title: "Video unreachable" },
  });
});

test("an aborted load is not an error", () => {
  expect(decide(playbackError({ code: 1 }))).toEqual({ kind: "ok" });
});

/** A jsdom video element extended with playback, which jsdom lacks. */
function videoElement() {
  const video = document.createElement("video");
  const state = { error: null as { code: number } | null, paused: true, ready: 0, loads: 0 };
  Object.defineProperties(video, {
    error: { get: () => state.error },
    paused: { get: () => state.paused },
    readyState: { get: () => state.ready },
    currentTime: { value: 0, writable: true },
  });
  video.load = () => {
    state.loads += 1;
    state.error = null;
    state.paused = true;
    state.ready = 0;
    video.currentTime = 0;
    video.playbackRate = 1;
    video.dispatchEvent(new Event("timeupdate"));
  };
  video.play = async () => {
    state.paused = false;
    video.dispatchEvent(new Event("play"));
  };
  /** Fail like Chromium, which pauses and dispatches `pause`. */
  const fail = async (code: number) => {
    state.error = { code };
    state.paused = true;
    video.dispatchEvent(new Event("pause"));
    video.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(0); // run the probe
  };
  const tell = (name: string) => video.dispatchEvent(new Event(name));
  const load = () => {
    state.ready = 1;
    tell("loadedmetadata");
  };
  const show = () => {
    state.ready = 4;
    tell("canplay");
  };
  return { video, state, fail, tell, load, show };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("position, speed and playback are restored", async () => {
  const { video, state, fail, load, show } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "remote" }),
  );
  load();
  video.currentTime = 1234.5;
  video.playbackRate = 1.5;
  await video.play();

  await fail(NETWORK);
  expect(recovery.status).toEqual({ kind: "recovering" });
  await vi.advanceTimersByTimeAsync(RETRY_DELAYS_MS[0]);
  expect(state.loads).toBe(1);

  load();
  expect(video.currentTime).toBe(1234.5);
  expect(video.playbackRate).toBe(1.5);
  expect(state.paused).toBe(false);
  expect(recovery.status).toEqual({ kind: "recovering" });
  show();
  expect(recovery.status).toEqual({ kind: "ok" });
});

test("a paused video stays paused at its position", async () => {
  const { video, state, fail, load, show } = videoElement();
  new Recovery(
    video,
    "/stream",
    () => true,
    async () => away,
  );
  load();
  video.currentTime = 60;
  await fail(NETWORK);
  for (const delay of RETRY_DELAYS_MS.slice(0, 2)) {
    await vi.advanceTimersByTimeAsync(delay);
    await fail(NOT_USABLE);
  }
  await vi.advanceTimersByTimeAsync(RETRY_DELAYS_MS[2]);
  expect(state.loads).toBe(3);
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(state.paused).toBe(true);
});

test("a manual retry is possible after the last attempt", async () => {
  const { video, state, fail, load, show } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => away,
  );
  load();
  video.currentTime = 60;
  await fail(NETWORK);
  for (const delay of RETRY_DELAYS_MS) {
    await vi.advanceTimersByTimeAsync(delay);
    await fail(NOT_USABLE);
  }
  expect(recovery.status.kind).toBe("failed");
  await vi.advanceTimersByTimeAsync(600_000);
  expect(state.loads).toBe(RETRY_DELAYS_MS.length);

  recovery.retry();
  expect(state.loads).toBe(RETRY_DELAYS_MS.length + 1);
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(recovery.status).toEqual({ kind: "ok" });
});

test("a stalled attempt is followed by another", async () => {
  const { video, state, fail, load, show } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "remote" }),
  );
  load();
  video.currentTime = 60;
  await fail(NETWORK);
  for (const delay of RETRY_DELAYS_MS) await vi.advanceTimersByTimeAsync(delay + STALL_TIMEOUT_MS);
  expect(state.loads).toBe(RETRY_DELAYS_MS.length);
  expect(recovery.status).toEqual({ kind: "failed", problem: fetchFailed() });
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(recovery.status).toEqual({ kind: "ok" });
});

test("successful playback resets the retry count", async () => {
  const { video, state, fail, load, show, tell } = videoElement();
  new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "remote" }),
  );
  load();
  for (let hour = 1; hour <= RETRY_DELAYS_MS.length * 2; hour += 1) {
    video.currentTime = hour * 3600;
    tell("timeupdate");
    await fail(NETWORK);
    await vi.advanceTimersByTimeAsync(RETRY_DELAYS_MS[0]);
    load();
    show();
  }
  expect(state.loads).toBe(RETRY_DELAYS_MS.length * 2);
});

test("no retry happens after the page is left", async () => {
  const { video, state, fail, load } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => away,
  );
  load();
  await fail(NETWORK);
  recovery.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.loads).toBe(0);
});

test("one byte is requested to locate the source", async () => {
  const asked: RequestInit[] = [];
  const answer = (response: Response): typeof fetch => {
    return async (_url, init) => {
      asked.push(init ?? {});
      return response;
    };
  };
  expect(await probeSource("/stream", answer(new Response("a", { status: 206 })))).toEqual({ kind: "local" });
  expect(asked[0]).toMatchObject({ headers: { range: "bytes=0-0" }, redirect: "manual" });
  const problem = { ...fetchFailed(), status: 404, retryable: false };
  expect(await probeSource("/stream", answer(Response.json(problem, { status: 404 })))).toEqual({
    kind: "rejected",
    problem,
  });
  const refused = await probeSource("/stream", async () => {
    throw new TypeError("Failed to fetch");
  });
  expect(refused).toMatchObject({ kind: "rejected", problem: { retryable: true } });
});

// @vitest-environment jsdom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DELAYS, decide, PATIENCE_MS, Recovery, type Trouble } from "./recovery";
import { askSource, NOT_FETCHED, type Source } from "./source";

const NETWORK = 2;
const DECODING = 3;
const NOT_USABLE = 4;
const gone: Source = {
  kind: "refused",
  problem: { ...NOT_FETCHED, title: "Video not found", status: 404, retryable: false },
};
const away: Source = { kind: "refused", problem: { ...NOT_FETCHED, title: "The video cannot be reached" } };

const trouble = (changes: Partial<Trouble>): Trouble => ({
  code: NETWORK,
  wasLoaded: true,
  source: { kind: "elsewhere" },
  tries: 0,
  isKindKnown: true,
  ...changes,
});

test("a link that has expired is fetched anew, each time a little later, and at last no more", () => {
  const decisions = [0, 1, 2, 3].map((tries) => decide(trouble({ tries })));
  expect(decisions.slice(0, 3)).toEqual(DELAYS.map((again) => ({ again })));
  expect(decisions[3]).toEqual({ kind: "failed", problem: NOT_FETCHED });
});

test("an expired link that is refused from its first byte on is fetched anew too", () => {
  expect(decide(trouble({ code: NOT_USABLE, wasLoaded: false }))).toEqual({ again: DELAYS[0] });
  expect(decide(trouble({ code: NOT_USABLE, wasLoaded: true }))).toEqual({ again: DELAYS[0] });
});

test("a file that this server has and the browser cannot read is not asked for again", () => {
  const unread = trouble({ code: NOT_USABLE, wasLoaded: false, source: { kind: "here" } });
  expect(decide(unread)).toEqual({ kind: "unplayable" });
});

test("a file in the cloud of a kind that browsers do not play is asked for once more, then named so", () => {
  const unread = trouble({ code: NOT_USABLE, wasLoaded: false, isKindKnown: false });
  expect(decide(unread)).toEqual({ again: DELAYS[0] });
  expect(decide({ ...unread, tries: 1 })).toEqual({ kind: "unplayable" });
});

test("what cannot be decoded is tried once more", () => {
  expect(decide(trouble({ code: DECODING }))).toEqual({ again: DELAYS[0] });
  expect(decide(trouble({ code: DECODING, tries: 1 }))).toEqual({ kind: "unplayable" });
});

test("a video that is gone has failed at once, and a server that is away is waited for", () => {
  expect(decide(trouble({ source: gone }))).toMatchObject({
    kind: "failed",
    problem: { title: "Video not found" },
  });
  expect(decide(trouble({ source: away }))).toEqual({ again: DELAYS[0] });
  expect(decide(trouble({ source: away, tries: DELAYS.length }))).toMatchObject({
    kind: "failed",
    problem: { title: "The video cannot be reached" },
  });
});

test("what somebody has stopped is no trouble", () => {
  expect(decide(trouble({ code: 1 }))).toEqual({ kind: "fine" });
});

/** A real element: jsdom's, with what it leaves out, which is playing. */
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
  /** As Chromium does it: what fails is paused, and says so. */
  const fail = async (code: number) => {
    state.error = { code };
    state.paused = true;
    video.dispatchEvent(new Event("pause"));
    video.dispatchEvent(new Event("error"));
    await vi.advanceTimersByTimeAsync(0); // the API is asked
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

test("it goes on where it was, as fast as it was, and playing if it was", async () => {
  const { video, state, fail, load, show } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "elsewhere" }),
  );
  load();
  video.currentTime = 1234.5;
  video.playbackRate = 1.5;
  await video.play();

  await fail(NETWORK);
  expect(recovery.condition).toEqual({ kind: "trying" });
  await vi.advanceTimersByTimeAsync(DELAYS[0]);
  expect(state.loads).toBe(1);

  load();
  expect(video.currentTime).toBe(1234.5);
  expect(video.playbackRate).toBe(1.5);
  expect(state.paused).toBe(false);
  expect(recovery.condition).toEqual({ kind: "trying" });
  show();
  expect(recovery.condition).toEqual({ kind: "fine" });
});

test("a paused video stays paused, at its place even if several tries fail", async () => {
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
  for (const delay of DELAYS.slice(0, 2)) {
    await vi.advanceTimersByTimeAsync(delay);
    await fail(NOT_USABLE);
  }
  await vi.advanceTimersByTimeAsync(DELAYS[2]);
  expect(state.loads).toBe(3);
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(state.paused).toBe(true);
});

test("after the last try it waits for somebody, who can have it tried again", async () => {
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
  for (const delay of DELAYS) {
    await vi.advanceTimersByTimeAsync(delay);
    await fail(NOT_USABLE);
  }
  expect(recovery.condition.kind).toBe("failed");
  await vi.advanceTimersByTimeAsync(600_000);
  expect(state.loads).toBe(DELAYS.length);

  recovery.tryAgain();
  expect(state.loads).toBe(DELAYS.length + 1);
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(recovery.condition).toEqual({ kind: "fine" });
});

test("a try that comes to nothing is followed by another, and what goes on late goes on", async () => {
  const { video, state, fail, load, show } = videoElement();
  const recovery = new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "elsewhere" }),
  );
  load();
  video.currentTime = 60;
  await fail(NETWORK);
  for (const delay of DELAYS) await vi.advanceTimersByTimeAsync(delay + PATIENCE_MS);
  expect(state.loads).toBe(DELAYS.length);
  expect(recovery.condition).toEqual({ kind: "failed", problem: NOT_FETCHED });
  load();
  show();
  expect(video.currentTime).toBe(60);
  expect(recovery.condition).toEqual({ kind: "fine" });
});

test("tries are counted from where it last played well", async () => {
  const { video, state, fail, load, show, tell } = videoElement();
  new Recovery(
    video,
    "/stream",
    () => true,
    async () => ({ kind: "elsewhere" }),
  );
  load();
  for (let hour = 1; hour <= DELAYS.length * 2; hour += 1) {
    video.currentTime = hour * 3600;
    tell("timeupdate");
    await fail(NETWORK);
    await vi.advanceTimersByTimeAsync(DELAYS[0]);
    load();
    show();
  }
  expect(state.loads).toBe(DELAYS.length * 2);
});

test("nothing is tried once the page is left", async () => {
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

test("the API is asked for one byte and tells where the bytes are", async () => {
  const asked: RequestInit[] = [];
  const answer = (response: Response): typeof fetch => {
    return async (_url, init) => {
      asked.push(init ?? {});
      return response;
    };
  };
  expect(await askSource("/stream", answer(new Response("a", { status: 206 })))).toEqual({ kind: "here" });
  expect(asked[0]).toMatchObject({ headers: { range: "bytes=0-0" }, redirect: "manual" });
  const problem = { ...NOT_FETCHED, status: 404, retryable: false };
  expect(await askSource("/stream", answer(Response.json(problem, { status: 404 })))).toEqual({
    kind: "refused",
    problem,
  });
  const refused = await askSource("/stream", async () => {
    throw new TypeError("Failed to fetch");
  });
  expect(refused).toMatchObject({ kind: "refused", problem: { retryable: true } });
});

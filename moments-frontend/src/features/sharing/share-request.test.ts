import { expect, test } from "vitest";
import { fieldProblems, initialFields, type ShareFields, toShareRequest } from "./share-request";

const VIDEO = { videoId: "talk", title: "Tides" };
const HIT = { ...VIDEO, title: "The moon pulls", range: { start: 12, end: 17.5 } };
const fields = (changes: Partial<ShareFields> = {}) => ({ ...initialFields(VIDEO), ...changes });

test("a video is shared as a whole for 30 days", () => {
  expect(toShareRequest(VIDEO, fields())).toEqual({ expires_in_days: 30 });
});

test("a video is shared from the current time", () => {
  const target = { ...VIDEO, start: 83.5 };
  expect(initialFields(target)).toMatchObject({ start: "1:23.5", end: "" });
  expect(toShareRequest(target, initialFields(target))).toMatchObject({ start_time: 83.5 });
  expect(initialFields({ ...VIDEO, start: 0 }).start).toBe("");
});

test("a hit is shared as its passage, named by its text", () => {
  expect(toShareRequest(HIT, initialFields(HIT))).toEqual({
    expires_in_days: 30,
    start_time: 12,
    end_time: 17.5,
    title: "The moon pulls",
  });
});

test("a spoken passage is shared in whole sentences, which name it, unless its times are edited", () => {
  const spoken = { ...HIT, spoken: true };
  const passage = { expires_in_days: 30, start_time: 12, end_time: 17.5 };
  expect(toShareRequest(spoken, initialFields(spoken))).toEqual({ ...passage, whole_sentences: true });
  const edited = { ...initialFields(spoken), start: "0:13" };
  expect(toShareRequest(spoken, edited)).toEqual({ ...passage, start_time: 13, title: "The moon pulls" });
});

test("without an end, the video starts at the hit and keeps its title", () => {
  const request = toShareRequest(HIT, { ...initialFields(HIT), end: "" });
  expect(request).toEqual({ expires_in_days: 30, start_time: 12 });
});

test("a moment excludes times", () => {
  const request = toShareRequest(
    { ...HIT, momentId: "a1" },
    fields({ start: "1:00", password: "long enough" }),
  );
  expect(request).toEqual({ expires_in_days: 30, moment_id: "a1", password: "long enough" });
});

test("a link may never expire", () => {
  expect(toShareRequest(VIDEO, fields({ expiry: "never" }))).toEqual({ expires_in_days: null });
});

test.each([
  [{}, []],
  [{ start: "soon" }, ["start"]],
  [{ start: "2:00", end: "1:00" }, ["end"]],
  [{ end: "0:00" }, ["end"]],
  [{ password: "short" }, ["password"]],
])("problems of %j", (changes, expected) => {
  expect(Object.keys(fieldProblems(fields(changes)))).toEqual(expected);
});

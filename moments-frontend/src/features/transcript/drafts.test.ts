import { expect, test } from "vitest";
import { draftsByIndex, indexAt, isChanged, newDraft, withDraft, withoutDraft } from "./drafts";
import { segment } from "./transcript.fixture";

const SEGMENTS = ["One.", "Two.", "Three."].map((text, index) => segment(index, text));

test("spacing does not count as a change", () => {
  const draft = newDraft(segment(0, "The  moon\nrises."));
  expect(isChanged({ ...draft, text: " The moon rises. " })).toBe(false);
  expect(isChanged({ ...draft, text: "The moon rises" })).toBe(true);
  expect(isChanged({ ...draft, text: "" })).toBe(true);
});

test("a segment has one draft", () => {
  const first = newDraft(segment(1, "Two."));
  const drafts = withDraft(withDraft([], first), { ...first, text: "2." });
  expect(drafts.map(({ text }) => text)).toEqual(["2."]);
  expect(withoutDraft(drafts, first.start)).toEqual([]);
});

test("drafts follow their segment", () => {
  const draft = newDraft(segment(2, "Three."));
  expect([...draftsByIndex([draft], SEGMENTS).keys()]).toEqual([2]);
  const rest = SEGMENTS.slice(1);
  expect([...draftsByIndex([draft], rest).keys()]).toEqual([1]);
});

test("the nearest segment is found", () => {
  expect(indexAt(SEGMENTS, 3.2)).toBe(1);
  expect(indexAt(SEGMENTS, 1e6)).toBe(2);
  expect(indexAt([], 3)).toBe(-1);
});

import { expect, test } from "vitest";
import type { AudioSection } from "@/api/schema";
import { sectionText, toRows } from "./rows";
import { toTimedSegments } from "./segments";
import { segment, transcript } from "./transcript.fixture";

const at = (start: number, end: number, text: string) => segment(0, text, { start, end });
const section = (kind: AudioSection["kind"], start: number, end: number): AudioSection => ({
  kind,
  start,
  end,
});
const shown = (segments: ReturnType<typeof at>[], sections: AudioSection[]) =>
  toRows(toTimedSegments(transcript(segments)), sections).map((row) =>
    row.segment ? row.segment.text : sectionText(row.section),
  );

test("sections are shown between the segments", () => {
  const segments = [at(12, 14, "Hello."), at(14, 20, "Good evening."), at(60, 64, "Good night.")];
  const sections = [
    section("silence", 0, 12),
    section("speech", 12, 20),
    section("music", 20, 40),
    section("unintelligible", 40, 60),
    section("speech", 60, 64),
    section("music", 64, 80),
  ];
  expect(shown(segments, sections)).toEqual([
    "No speech, 0:00–0:12",
    "Hello.",
    "Good evening.",
    "♪ Music, 0:20–0:40",
    "Speech not recognised, 0:40–1:00",
    "Good night.",
    "♪ Music, 1:04–1:20",
  ]);
});

test("short sections are not shown", () => {
  const sections = [section("silence", 0, 9), section("music", 9, 11), section("unintelligible", 11, 11.5)];
  expect(shown([at(12, 14, "Hello.")], sections)).toEqual(["Hello."]);
});

test("text that a user added hides the missing speech", () => {
  const sections = [section("unintelligible", 0, 10), section("music", 10, 20)];
  const segments = [at(1, 9, "Added by hand."), at(11, 19, "Sung.")];
  expect(shown(segments, sections)).toEqual(["Added by hand.", "♪ Music, 0:10–0:20", "Sung."]);
});

import { expect, test } from "vitest";
import { parseDescription, type TextPart } from "./description";

const of = (kind: TextPart["kind"], text: string, duration: number | null = null) =>
  parseDescription(text, duration).flatMap((part) => (part.kind === kind ? [part] : []));
const texts = (kind: TextPart["kind"], text: string, duration: number | null = null) =>
  of(kind, text, duration).map((part) => part.text);

test("the parts add up to the text", () => {
  const text = "0:00 Start\n1:23 The moon (see https://example.org/moon_(body)).\nEnd";
  expect(
    parseDescription(text, 100)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
  expect(parseDescription("", 10)).toEqual([]);
});

test("links end before the punctuation of the sentence", () => {
  expect(texts("link", "See https://example.org/a?b=c&d=1:23. Or (http://example.org/x)!")).toEqual([
    "https://example.org/a?b=c&d=1:23",
    "http://example.org/x",
  ]);
  expect(texts("link", "https://en.wikipedia.org/wiki/Tide_(disambiguation), https://a.example/…")).toEqual([
    "https://en.wikipedia.org/wiki/Tide_(disambiguation)",
    "https://a.example/…",
  ]);
});

test("only web addresses become links", () => {
  expect(texts("link", "javascript:alert(1) ftp://example.org data:text/html,x https:// http://[")).toEqual(
    [],
  );
});

test("times of the video are found", () => {
  const text = "0:00 Intro · 1:23 Tides; [12:05] Moon, 01:02:03–1:10:00 End";
  expect(of("time", text)).toMatchObject([
    { seconds: 0 },
    { seconds: 83 },
    { seconds: 725 },
    { seconds: 3723 },
    { seconds: 4200 },
  ]);
  expect(texts("time", text, 100)).toEqual(["0:00", "1:23"]);
});

test("ratios, times of day and versions are not links", () => {
  expect(texts("time", "16:9 at 10:30 am, 10:30pm, 1:23:4, 1:2:33, 12:34.5, 1:75, ::1:22")).toEqual([]);
});

/** Links and times in free text. */

import { parseTime } from "./media-fragment";

export type TextPart =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; url: string }
  | { kind: "time"; text: string; seconds: number };

const LINK = String.raw`https?://[^\s<>"]+`;
/** `1:23` or `01:02:03`, but neither `16:9`, `1:23:4` nor a time of day. */
const TIME = String.raw`(?<![\d:./])(?:\d{1,2}:[0-5]\d|\d{1,2}):[0-5]\d(?![\d:]|\.\d|\s?[ap]\.?m\b)`;
const PARTS = new RegExp(`(${LINK})|(${TIME})`, "gi");

/** Split a description into text, links and times within the video. */
export function parseDescription(text: string, duration: number | null): readonly TextPart[] {
  const parts: TextPart[] = [];
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    const part = match[1] === undefined ? timePart(match[0], duration) : linkPart(match[0]);
    if (!part) continue;
    if (match.index > end) parts.push({ kind: "text", text: text.slice(end, match.index) });
    parts.push(part);
    end = match.index + part.text.length;
  }
  if (end < text.length) parts.push({ kind: "text", text: text.slice(end) });
  return parts;
}

function timePart(text: string, duration: number | null): TextPart | null {
  const seconds = parseTime(text);
  if (seconds === null || (duration !== null && seconds > duration)) return null;
  return { kind: "time", text, seconds };
}

function linkPart(match: string): TextPart | null {
  const text = withoutPunctuation(match);
  return URL.canParse(text) ? { kind: "link", text, url: new URL(text).href } : null;
}

const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Remove what ends the sentence around a link: punctuation, and brackets that the link does not open. */
export function withoutPunctuation(link: string): string {
  let text = link;
  for (;;) {
    const last = text.at(-1) ?? "";
    const opening = CLOSING[last];
    const isUnopened = opening !== undefined && text.split(opening).length < text.split(last).length;
    if (!isUnopened && !/[.,;:!?'*_»”’]/.test(last)) return text;
    text = text.slice(0, -1);
  }
}

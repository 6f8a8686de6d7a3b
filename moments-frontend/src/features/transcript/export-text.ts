/** Plain-text export of transcripts. */

import type { SegmentRead } from "@/api/schema";
import { formatTime } from "@/lib/format";

/** Pause that starts a new paragraph, in seconds. */
const PAUSE_SECONDS = 1.5;

/** Return paragraphs split at pauses or, with `times`, one line per segment with its start time. */
export function toPlainText(
  segments: readonly Pick<SegmentRead, "start" | "end" | "text">[],
  { times }: { times: boolean },
): string {
  if (times)
    return segments.map(({ start, text }) => `${formatTime(start)}  ${collapseWhitespace(text)}\n`).join("");
  let text = "";
  let end = Number.POSITIVE_INFINITY;
  for (const segment of segments) {
    if (text) text += segment.start - end >= PAUSE_SECONDS ? "\n\n" : " ";
    text += collapseWhitespace(segment.text);
    end = segment.end;
  }
  return text && `${text}\n`;
}

function collapseWhitespace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** Download `text` as a file called `name`. */
export function downloadText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

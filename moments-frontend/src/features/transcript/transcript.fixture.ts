/** Transcripts for tests. */

import type { SegmentRead, TranscriptRead } from "@/api/schema";

/** Return a segment of three seconds at its place. */
export function segment(index: number, text: string, rest: Partial<SegmentRead> = {}): SegmentRead {
  const times = { start: index * 3, end: index * 3 + 3 };
  return { index, text, ...times, confidence: null, language: null, edited: false, ...rest };
}

export function transcript(
  segments: readonly (string | SegmentRead)[],
  rest: Partial<TranscriptRead> = {},
): TranscriptRead {
  const all = segments.map((one, index) => (typeof one === "string" ? segment(index, one) : one));
  return {
    text: all.map(({ text }) => text).join(" "),
    language: "en",
    languages: ["en"],
    source: "whisper",
    edited: false,
    word_timestamps: [],
    segment_timestamps: all,
    sections: [],
    ...rest,
  };
}

/** Rows of the transcript: sentences, and stretches without recognised speech between them. */

import type { AudioSection } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { formatTime } from "@/lib/format";
import type { TimedSegment } from "./segments";

export type Row = { segment: TimedSegment; section: null } | { segment: null; section: AudioSection };

/** Shorter sections are pauses and jingles that would only interrupt the text. */
const SHORTEST_SECONDS: Readonly<Record<AudioSection["kind"], number>> = {
  speech: Number.POSITIVE_INFINITY,
  unintelligible: 1,
  music: 3,
  silence: 10,
};

/** Return segments and shown sections in the order of time. */
export function toRows(segments: readonly TimedSegment[], sections: readonly AudioSection[]): Row[] {
  const rows: Row[] = [];
  let next = 0;
  for (const section of sections.filter(isShown)) {
    for (; next < segments.length; next += 1) {
      const segment = segments[next];
      if (!segment || segment.start >= section.start) break;
      rows.push({ segment, section: null });
    }
    // A user may have added text where none was recognised.
    if (section.kind === "music" || !isCovered(section, segments)) rows.push({ segment: null, section });
  }
  return [...rows, ...segments.slice(next).map((segment) => ({ segment, section: null }))];
}

export function isShown({ kind, start, end }: AudioSection): boolean {
  return end - start >= SHORTEST_SECONDS[kind];
}

/** Report whether a segment covers the middle of the section. */
function isCovered({ start, end }: AudioSection, segments: readonly TimedSegment[]): boolean {
  const middle = (start + end) / 2;
  return segments.some((segment) => segment.start <= middle && middle < segment.end);
}

const SECTION_NAMES: Readonly<Record<AudioSection["kind"], TextKey>> = {
  speech: "transcript.speech",
  unintelligible: "transcript.speechNotRecognised",
  music: "transcript.music",
  silence: "transcript.noSpeech",
};

/** Return a section as text, such as `♪ Music, 0:12–0:40`. */
export function sectionText({ kind, start, end }: AudioSection): string {
  return `${t(SECTION_NAMES[kind])}, ${formatTime(start)}–${formatTime(end)}`;
}

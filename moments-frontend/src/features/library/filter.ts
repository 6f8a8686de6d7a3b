/** What the library is asked for, as it stands in the address: a page can be reloaded, kept and sent to others. */

import type { VideoFilter } from "@/api/videos";

export type SortName = "newest" | "oldest" | "title" | "longest" | "shortest";
export type LengthName = "any" | "short" | "medium" | "long";
export type QualityName = "any" | "sd" | "hd" | "fullhd" | "uhd";
export type TranscriptName = "any" | "with" | "without";
export type SourceName = "any" | "link" | "file";

export interface Choice<Name extends string> {
  value: Name;
  label: string;
}

export const SORTS: readonly (Choice<SortName> & Pick<VideoFilter, "sort" | "order">)[] = [
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first", sort: "created_at", order: "asc" },
  { value: "title", label: "By title", sort: "title", order: "asc" },
  { value: "longest", label: "Longest first", sort: "duration_seconds", order: "desc" },
  { value: "shortest", label: "Shortest first", sort: "duration_seconds", order: "asc" },
];

export const LENGTHS: readonly (Choice<LengthName> & Pick<VideoFilter, "min_duration" | "max_duration">)[] = [
  { value: "any", label: "Any length" },
  { value: "short", label: "Under 5 minutes", max_duration: 300 },
  { value: "medium", label: "5 to 20 minutes", min_duration: 300, max_duration: 1200 },
  { value: "long", label: "Over 20 minutes", min_duration: 1200 },
];

export const QUALITIES: readonly Choice<QualityName>[] = [
  { value: "any", label: "Any resolution" },
  { value: "sd", label: "Below 720p" },
  { value: "hd", label: "720p" },
  { value: "fullhd", label: "1080p" },
  { value: "uhd", label: "4K and more" },
];

export const TRANSCRIPTS: readonly Choice<TranscriptName>[] = [
  { value: "any", label: "With or without transcript" },
  { value: "with", label: "With transcript" },
  { value: "without", label: "Without transcript" },
];

export const SOURCES: readonly Choice<SourceName>[] = [
  { value: "any", label: "From anywhere" },
  { value: "link", label: "From links" },
  { value: "file", label: "From files" },
];

/** The choices as people made them. */
export interface Choices {
  q: string;
  sort: SortName;
  length: LengthName;
  quality: QualityName;
  transcript: TranscriptName;
  source: SourceName;
}

export const NOTHING_CHOSEN: Choices = {
  q: "",
  sort: "newest",
  length: "any",
  quality: "any",
  transcript: "any",
  source: "any",
};

const KNOWN: { [Name in Exclude<keyof Choices, "q">]: readonly Choice<string>[] } = {
  sort: SORTS,
  length: LENGTHS,
  quality: QUALITIES,
  transcript: TRANSCRIPTS,
  source: SOURCES,
};

/** What an address asks for; words that nobody knows count as none. */
export function choicesOf(parameters: URLSearchParams): Choices {
  const choices: Record<string, string> = { ...NOTHING_CHOSEN, q: parameters.get("q") ?? "" };
  for (const [name, known] of Object.entries(KNOWN)) {
    const value = parameters.get(name);
    if (known.some((choice) => choice.value === value)) choices[name] = value as string;
  }
  return choices as unknown as Choices;
}

/** The address's query, with only what differs from nothing. */
export function searchOf(choices: Choices): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(choices)) {
    if (value !== NOTHING_CHOSEN[name as keyof Choices]) parameters.set(name, value);
  }
  const query = parameters.toString();
  return query && `?${query}`;
}

/** Whether anything narrows the list; the order does not. */
export function isNarrowed(choices: Choices): boolean {
  return searchOf({ ...choices, sort: NOTHING_CHOSEN.sort, q: choices.q.trim() }) !== "";
}

/** What the API is asked for. */
export function toFilter(choices: Choices): VideoFilter {
  const filter: VideoFilter = {};
  const q = choices.q.trim();
  if (q) filter.q = q;
  const { sort, order } = SORTS.find(({ value }) => value === choices.sort) ?? {};
  if (sort && order) Object.assign(filter, { sort, order });
  const length = LENGTHS.find(({ value }) => value === choices.length);
  if (length?.min_duration !== undefined) filter.min_duration = length.min_duration;
  if (length?.max_duration !== undefined) filter.max_duration = length.max_duration;
  if (choices.quality !== "any") filter.quality = choices.quality;
  if (choices.transcript !== "any") filter.has_transcript = choices.transcript === "with";
  if (choices.source !== "any") filter.source = choices.source;
  return filter;
}

export function filterOf(parameters: URLSearchParams): VideoFilter {
  return toFilter(choicesOf(parameters));
}

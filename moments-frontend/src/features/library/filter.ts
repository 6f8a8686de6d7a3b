/** Search, sort order and filters of the library, kept in the URL's query. */

import type { VideoQuery } from "@/api/videos";

type SortName = "newest" | "oldest" | "recorded" | "recorded-first" | "title" | "longest" | "shortest";
type LengthName = "any" | "short" | "medium" | "long";
type QualityName = "any" | "sd" | "hd" | "fullhd" | "uhd";
type TranscriptName = "any" | "with" | "without";
type SourceName = "any" | "link" | "file";

interface FilterOption<Name extends string> {
  value: Name;
  label: string;
}

const SORTS: readonly (FilterOption<SortName> & Pick<VideoQuery, "sort" | "order">)[] = [
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first", sort: "created_at", order: "asc" },
  { value: "recorded", label: "Date recorded, latest first", sort: "recorded_at", order: "desc" },
  { value: "recorded-first", label: "Date recorded, earliest first", sort: "recorded_at", order: "asc" },
  { value: "title", label: "Title A–Z", sort: "title", order: "asc" },
  { value: "longest", label: "Longest first", sort: "duration_seconds", order: "desc" },
  { value: "shortest", label: "Shortest first", sort: "duration_seconds", order: "asc" },
];

const LENGTHS: readonly (FilterOption<LengthName> & Pick<VideoQuery, "min_duration" | "max_duration">)[] = [
  { value: "any", label: "Any length" },
  { value: "short", label: "Under 5 minutes", max_duration: 300 },
  { value: "medium", label: "5 to 20 minutes", min_duration: 300, max_duration: 1200 },
  { value: "long", label: "Over 20 minutes", min_duration: 1200 },
];

const QUALITIES: readonly FilterOption<QualityName>[] = [
  { value: "any", label: "Any resolution" },
  { value: "sd", label: "Below 720p" },
  { value: "hd", label: "720p" },
  { value: "fullhd", label: "1080p" },
  { value: "uhd", label: "4K and above" },
];

const TRANSCRIPTS: readonly FilterOption<TranscriptName>[] = [
  { value: "any", label: "With or without transcript" },
  { value: "with", label: "With transcript" },
  { value: "without", label: "Without transcript" },
];

const SOURCES: readonly FilterOption<SourceName>[] = [
  { value: "any", label: "Any source" },
  { value: "link", label: "From links" },
  { value: "file", label: "From files" },
];

export interface VideoFilters {
  q: string;
  sort: SortName;
  length: LengthName;
  quality: QualityName;
  transcript: TranscriptName;
  source: SourceName;
  channel: string;
  folder: string;
  /** First and last day of the recording, such as `2024-01-31`. */
  from: string;
  to: string;
}

export const DEFAULT_FILTERS: VideoFilters = {
  q: "",
  sort: "newest",
  length: "any",
  quality: "any",
  transcript: "any",
  source: "any",
  channel: "",
  folder: "",
  from: "",
  to: "",
};

/** Filters whose values are not known in advance; an empty one is not active. */
export const VALUE_FILTERS = ["channel", "folder", "from", "to"] as const;
export type ValueFilter = (typeof VALUE_FILTERS)[number];
export type FilterName = Exclude<keyof VideoFilters, "q" | ValueFilter>;
export const FILTER_OPTIONS: Record<FilterName, readonly FilterOption<string>[]> = {
  sort: SORTS,
  length: LENGTHS,
  quality: QUALITIES,
  transcript: TRANSCRIPTS,
  source: SOURCES,
};

/** Read the filters from a URL's query; unknown values are ignored. */
export function parseFilters(parameters: URLSearchParams): VideoFilters {
  const filters: Record<string, string> = { ...DEFAULT_FILTERS, q: parameters.get("q") ?? "" };
  for (const [name, known] of Object.entries(FILTER_OPTIONS)) {
    const value = parameters.get(name);
    if (known.some((option) => option.value === value)) filters[name] = value as string;
  }
  for (const name of VALUE_FILTERS) {
    const value = parameters.get(name) ?? "";
    if (!["from", "to"].includes(name) || isDay(value)) filters[name] = value;
  }
  return filters as unknown as VideoFilters;
}

/** Report whether a text is a date such as `2024-01-31`. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Return the query of a URL, which contains only filters that differ from the default. */
export function toSearchParams(filters: VideoFilters): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== DEFAULT_FILTERS[name as keyof VideoFilters]) parameters.set(name, value);
  }
  const query = parameters.toString();
  return query && `?${query}`;
}

/** Report whether a search or a filter is active; the sort order is neither. */
export function hasActiveFilters(filters: VideoFilters): boolean {
  return toSearchParams({ ...filters, sort: DEFAULT_FILTERS.sort, q: filters.q.trim() }) !== "";
}

/** Convert filters to query parameters of the API. */
export function toQuery(filters: VideoFilters): VideoQuery {
  const filter: VideoQuery = {};
  const q = filters.q.trim();
  if (q) filter.q = q;
  const { sort, order } = SORTS.find(({ value }) => value === filters.sort) ?? {};
  if (sort && order) Object.assign(filter, { sort, order });
  const length = LENGTHS.find(({ value }) => value === filters.length);
  if (length?.min_duration !== undefined) filter.min_duration = length.min_duration;
  if (length?.max_duration !== undefined) filter.max_duration = length.max_duration;
  if (filters.quality !== "any") filter.quality = filters.quality;
  if (filters.transcript !== "any") filter.has_transcript = filters.transcript === "with";
  if (filters.source !== "any") filter.source = filters.source;
  if (filters.channel) filter.channel = filters.channel;
  if (filters.folder) filter.folder = filters.folder;
  if (filters.from) filter.recorded_from = filters.from;
  if (filters.to) filter.recorded_to = filters.to;
  return filter;
}

export function parseQuery(parameters: URLSearchParams): VideoQuery {
  return toQuery(parseFilters(parameters));
}

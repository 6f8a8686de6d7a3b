/** Search, sort order and filters of the library, kept in the URL's query. */

import type { VideoQuery } from "@/api/videos";
import type { TextKey } from "@/i18n";
import { type ChoiceFilters, FILTER_OPTIONS, type FilterName, LENGTHS, SORTS } from "./filter-options";

/** Filters whose values are not known in advance; an empty one is not active. */
export const VALUE_FILTERS = ["channel", "folder", "language", "from", "to", "addedFrom", "addedTo"] as const;
export type ValueFilter = (typeof VALUE_FILTERS)[number];
export type { FilterName };

const DAYS: readonly ValueFilter[] = ["from", "to", "addedFrom", "addedTo"];

export interface VideoFilters extends ChoiceFilters, Record<ValueFilter, string> {
  q: string;
  /** Tags that a video must have, all of them. */
  tags: readonly string[];
  /** Only favourites. */
  favorite: boolean;
}

export const DEFAULT_FILTERS: VideoFilters = {
  q: "",
  sort: "newest",
  length: "any",
  quality: "any",
  transcript: "any",
  speech: "any",
  source: "any",
  watched: "any",
  location: "any",
  state: "any",
  channel: "",
  folder: "",
  language: "",
  from: "",
  to: "",
  addedFrom: "",
  addedTo: "",
  tags: [],
  favorite: false,
};

/** Labels of the filters. */
export const FILTER_LABELS: Record<FilterName | ValueFilter | "q", TextKey> = {
  q: "library.filterText",
  sort: "library.sort",
  length: "library.length",
  quality: "library.quality",
  transcript: "library.transcript",
  speech: "library.speech",
  source: "library.source",
  watched: "library.watched",
  location: "library.location",
  state: "library.state",
  channel: "library.channel",
  folder: "library.folder",
  language: "library.language",
  from: "library.recordedFrom",
  to: "library.recordedTo",
  addedFrom: "library.addedFrom",
  addedTo: "library.addedTo",
};

/** Names in the URL that differ from those of the filters. */
const URL_NAMES: Readonly<Record<string, string>> = { addedFrom: "added-from", addedTo: "added-to" };
const urlName = (name: string) => URL_NAMES[name] ?? name;

/** Read the filters from a URL's query; unknown values are ignored. */
export function parseFilters(parameters: URLSearchParams): VideoFilters {
  const filters: Record<string, unknown> = {
    ...DEFAULT_FILTERS,
    q: parameters.get("q") ?? "",
    tags: [...new Set(parameters.getAll("tag").filter((tag) => tag.trim() !== ""))],
    favorite: parameters.get("favorite") === "yes",
  };
  for (const [name, known] of Object.entries(FILTER_OPTIONS)) {
    const value = parameters.get(name);
    if (known.some((option) => option.value === value)) filters[name] = value;
  }
  for (const name of VALUE_FILTERS) {
    const value = parameters.get(urlName(name)) ?? "";
    if (!DAYS.includes(name) || isDay(value)) filters[name] = value;
  }
  return filters as unknown as VideoFilters;
}

/** Report whether a text is a date such as `2024-01-31`. */
function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

export function isDayFilter(name: string): boolean {
  return (DAYS as readonly string[]).includes(name);
}

/** Return the query of a URL, which contains only filters that differ from the default. */
export function toSearchParams({ tags, favorite, ...filters }: VideoFilters): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== DEFAULT_FILTERS[name as keyof VideoFilters]) parameters.set(urlName(name), value);
  }
  for (const tag of tags) parameters.append("tag", tag);
  if (favorite) parameters.set("favorite", "yes");
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
  if (filters.transcript !== "any") filter.has_transcript = filters.transcript === "with";
  if (filters.speech !== "any") filter.has_speech = filters.speech === "with";
  if (filters.tags.length > 0) filter.tag = [...filters.tags];
  if (filters.favorite) filter.favorite = true;
  return { ...filter, ...choicesToQuery(filters), ...valuesToQuery(filters) };
}

/** Filters whose values are those of the API. */
const SAME_VALUES = ["quality", "source", "watched", "location", "state"] as const;

function choicesToQuery(filters: VideoFilters): VideoQuery {
  const active = SAME_VALUES.filter((name) => filters[name] !== "any");
  return Object.fromEntries(active.map((name) => [name, filters[name]]));
}

const PARAMETERS: Record<ValueFilter, keyof VideoQuery> = {
  channel: "channel",
  folder: "folder",
  language: "language",
  from: "recorded_from",
  to: "recorded_to",
  addedFrom: "added_from",
  addedTo: "added_to",
};

function valuesToQuery(filters: VideoFilters): VideoQuery {
  const active = VALUE_FILTERS.filter((name) => filters[name] !== "");
  return Object.fromEntries(active.map((name) => [PARAMETERS[name], filters[name]]));
}

export function parseQuery(parameters: URLSearchParams): VideoQuery {
  return toQuery(parseFilters(parameters));
}

/** Convert query parameters of the API to filters. Values that the page has no control for are left out. */
export function fromQuery(query: VideoQuery): VideoFilters {
  const choices = SAME_VALUES.map((name) => [name, query[name] ?? "any"]);
  const values = VALUE_FILTERS.map((name) => [name, query[PARAMETERS[name]] ?? ""]);
  const withOrWithout = (value: boolean | null | undefined) =>
    value == null ? "any" : value ? "with" : "without";
  return {
    ...DEFAULT_FILTERS,
    ...Object.fromEntries([...choices, ...values]),
    q: query.q ?? "",
    sort: SORTS.find(({ sort, order }) => sort === query.sort && order === query.order)?.value ?? "newest",
    length: LENGTHS.find(hasSameLimits(query))?.value ?? "any",
    transcript: withOrWithout(query.has_transcript),
    speech: withOrWithout(query.has_speech),
    tags: query.tag ?? [],
    favorite: query.favorite === true,
  };
}

function hasSameLimits(query: VideoQuery) {
  return (limits: VideoQuery) =>
    limits.min_duration === (query.min_duration ?? undefined) &&
    limits.max_duration === (query.max_duration ?? undefined);
}

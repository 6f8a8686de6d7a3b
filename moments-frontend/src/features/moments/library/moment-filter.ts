/** Filters and sort order of all moments, kept in the URL's query. */

import type { MomentQuery } from "@/api/moments";
import type { TextKey } from "@/i18n";

type SortName = "score" | "rating" | "newest" | "oldest" | "title";
type ShowName = "all" | "kept" | "own" | "found";
type RatingName = "any" | "rated" | "good" | "best";
type LengthName = "any" | "short" | "medium" | "long";

export interface Choice<Name extends string = string> {
  value: Name;
  label: TextKey;
  query: MomentQuery;
}

const SORTS: readonly Choice<SortName>[] = [
  { value: "score", label: "moments.bestScoreFirst", query: {} },
  { value: "rating", label: "moments.bestRatingFirst", query: { sort: "rating" } },
  { value: "newest", label: "moments.newestVideoFirst", query: { sort: "date" } },
  { value: "oldest", label: "moments.oldestVideoFirst", query: { sort: "date", order: "asc" } },
  { value: "title", label: "moments.sortByTitle", query: { sort: "title" } },
];

const SHOWN: readonly Choice<ShowName>[] = [
  { value: "all", label: "moments.allMoments", query: {} },
  { value: "kept", label: "moments.kept", query: { is_kept: true } },
  { value: "own", label: "moments.addedOrEditedByYou", query: { origin: "own" } },
  { value: "found", label: "moments.foundAutomatically", query: { origin: "engine" } },
];

const RATINGS: readonly Choice<RatingName>[] = [
  { value: "any", label: "moments.anyRating", query: {} },
  { value: "rated", label: "moments.rated", query: { min_rating: 1 } },
  { value: "good", label: "moments.ratingGood", query: { min_rating: 4 } },
  { value: "best", label: "moments.ratingBest", query: { min_rating: 5 } },
];

const LENGTHS: readonly Choice<LengthName>[] = [
  { value: "any", label: "moments.anyLength", query: {} },
  { value: "short", label: "moments.lengthShort", query: { max_duration: 30 } },
  { value: "medium", label: "moments.lengthMedium", query: { min_duration: 30, max_duration: 60 } },
  { value: "long", label: "moments.lengthLong", query: { min_duration: 60 } },
];

export const MOMENT_CHOICES = { show: SHOWN, rating: RATINGS, length: LENGTHS, sort: SORTS } as const;
export type ChoiceName = keyof typeof MOMENT_CHOICES;

export interface MomentFilters {
  q: string;
  show: ShowName;
  rating: RatingName;
  length: LengthName;
  sort: SortName;
}

export const DEFAULT_MOMENT_FILTERS: MomentFilters = {
  q: "",
  show: "all",
  rating: "any",
  length: "any",
  sort: "score",
};

/** Longest text that the API accepts. */
export const MAX_QUERY = 200;
const NAMES = Object.keys(MOMENT_CHOICES) as ChoiceName[];

/** Read the filters from a URL's query; unknown values are ignored. */
export function parseMomentFilters(search: string): MomentFilters {
  const parameters = new URLSearchParams(search);
  const filters: Record<string, string> = {
    ...DEFAULT_MOMENT_FILTERS,
    q: (parameters.get("q") ?? "").slice(0, MAX_QUERY),
  };
  for (const name of NAMES) {
    const value = parameters.get(name);
    if (value !== null && MOMENT_CHOICES[name].some((choice) => choice.value === value))
      filters[name] = value;
  }
  return filters as unknown as MomentFilters;
}

/** Return the query of a URL, which contains only filters that differ from the default. */
export function toMomentSearch(filters: MomentFilters): string {
  const changed = Object.entries(filters).filter(
    ([name, value]) => value !== DEFAULT_MOMENT_FILTERS[name as keyof MomentFilters],
  );
  const query = new URLSearchParams(changed).toString();
  return query && `?${query}`;
}

/** Report whether a filter is active; the sort order is none. */
export function isMomentFilterActive(filters: MomentFilters): boolean {
  return toMomentSearch({ ...filters, sort: DEFAULT_MOMENT_FILTERS.sort, q: filters.q.trim() }) !== "";
}

/** Convert filters to query parameters of the API. */
export function toMomentQuery(filters: MomentFilters): MomentQuery {
  const query: MomentQuery = {};
  const q = filters.q.trim();
  if (q) query.q = q;
  for (const name of NAMES)
    Object.assign(query, MOMENT_CHOICES[name].find(({ value }) => value === filters[name])?.query);
  return query;
}

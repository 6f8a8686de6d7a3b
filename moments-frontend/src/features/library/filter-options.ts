/** Values of the filters that have a fixed list, and what the API calls them. */

import type { VideoQuery } from "@/api/videos";
import type { TextKey } from "@/i18n";

/** Filters with a fixed list of values; `any` is not active. */
export interface ChoiceFilters {
  sort: string;
  length: string;
  quality: string;
  transcript: string;
  speech: string;
  source: string;
  watched: string;
  location: string;
  state: string;
}

export type FilterName = keyof ChoiceFilters;

export interface FilterOption {
  value: string;
  text: TextKey;
}

export const SORTS: readonly (FilterOption & Pick<VideoQuery, "sort" | "order">)[] = [
  { value: "newest", text: "library.sortNewest" },
  { value: "oldest", text: "library.sortOldest", sort: "created_at", order: "asc" },
  { value: "recorded", text: "library.sortRecorded", sort: "recorded_at", order: "desc" },
  { value: "recorded-first", text: "library.sortRecordedFirst", sort: "recorded_at", order: "asc" },
  { value: "title", text: "library.sortTitle", sort: "title", order: "asc" },
  { value: "title-desc", text: "library.sortTitleDescending", sort: "title", order: "desc" },
  { value: "longest", text: "library.sortLongest", sort: "duration_seconds", order: "desc" },
  { value: "shortest", text: "library.sortShortest", sort: "duration_seconds", order: "asc" },
  { value: "largest", text: "library.sortLargest", sort: "size_bytes", order: "desc" },
  { value: "smallest", text: "library.sortSmallest", sort: "size_bytes", order: "asc" },
  { value: "watched", text: "library.sortWatched", sort: "last_watched_at", order: "desc" },
];

export const LENGTHS: readonly (FilterOption & Pick<VideoQuery, "min_duration" | "max_duration">)[] = [
  { value: "any", text: "library.lengthAny" },
  { value: "short", text: "library.lengthShort", max_duration: 300 },
  { value: "medium", text: "library.lengthMedium", min_duration: 300, max_duration: 1200 },
  { value: "long", text: "library.lengthLong", min_duration: 1200, max_duration: 3600 },
  { value: "hours", text: "library.lengthHours", min_duration: 3600 },
];

export const FILTER_OPTIONS: Record<FilterName, readonly FilterOption[]> = {
  sort: SORTS,
  length: LENGTHS,
  quality: [
    { value: "any", text: "library.qualityAny" },
    { value: "sd", text: "library.qualitySd" },
    { value: "hd", text: "library.qualityHd" },
    { value: "fullhd", text: "library.qualityFullHd" },
    { value: "uhd", text: "library.qualityUhd" },
  ],
  transcript: [
    { value: "any", text: "library.transcriptAny" },
    { value: "with", text: "library.transcriptWith" },
    { value: "without", text: "library.transcriptWithout" },
  ],
  speech: [
    { value: "any", text: "library.speechAny" },
    { value: "with", text: "library.speechWith" },
    { value: "without", text: "library.speechWithout" },
  ],
  source: [
    { value: "any", text: "library.sourceAny" },
    { value: "link", text: "library.sourceLink" },
    { value: "file", text: "library.sourceFile" },
  ],
  watched: [
    { value: "any", text: "library.watchedAny" },
    { value: "never", text: "library.watchedNo" },
    { value: "in_progress", text: "library.watchedStarted" },
    { value: "finished", text: "library.watchedYes" },
  ],
  location: [
    { value: "any", text: "library.locationAny" },
    { value: "local", text: "library.locationLocal" },
    { value: "bucket", text: "library.locationBucket" },
    { value: "both", text: "library.locationBoth" },
  ],
  state: [
    { value: "any", text: "library.stateAny" },
    { value: "processing", text: "library.stateProcessing" },
    { value: "failed", text: "library.stateFailed" },
    { value: "no_transcript", text: "library.stateNoTranscript" },
    { value: "no_playback", text: "library.stateNoPlayback" },
    { value: "damaged", text: "library.stateDamaged" },
  ],
};

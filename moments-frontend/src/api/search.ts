/** Search in transcripts, chapters, moments and the details of videos. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import type { paths, SearchResults } from "./schema";
import type { VideoQuery } from "./videos";

export type { SearchHit, SearchResults } from "./schema";

type ApiQuery = paths["/api/search"]["get"]["parameters"]["query"];
export type SearchMode = NonNullable<ApiQuery["mode"]>;

/** Filters that apply to the videos of the hits. */
export type SearchFilter = Omit<VideoQuery, "q" | "sort" | "order">;

export interface SearchRequest {
  q: string;
  mode: SearchMode;
  filter: SearchFilter;
}

export interface SearchPage extends SearchResults {
  next: string | null;
}

const PAGE_SIZE = 20;

/** Largest number of hits that the API returns at once. */
export const MAX_HITS = 100;

/** Query the hits of the library, page by page. */
export function searchQuery({ q, mode, filter }: SearchRequest) {
  return infiniteQueryOptions({
    queryKey: ["search", "library", q, mode, filter],
    queryFn: async ({ pageParam, signal }): Promise<SearchPage> => {
      const query: ApiQuery = { ...filter, q, mode, limit: PAGE_SIZE };
      if (pageParam !== null) query.cursor = pageParam;
      const [results, response] = await unwrapWithResponse(
        client.GET("/api/search", { params: { query }, signal }),
      );
      return { ...(results as SearchResults), next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: q !== "",
    // Transcripts change by runs and corrections, and stored hits are shown meanwhile.
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** Query the hits inside one video, at most `MAX_HITS`. */
export function videoHitsQuery(videoId: string, q: string, mode: SearchMode) {
  return queryOptions({
    queryKey: ["search", "video", videoId, q, mode],
    queryFn: async ({ signal }): Promise<SearchResults> => {
      const query: ApiQuery = { q, mode, video_id: videoId, limit: MAX_HITS };
      const results = await unwrap(client.GET("/api/search", { params: { query }, signal }));
      return results as SearchResults; // openapi-fetch widens pairs to arrays
    },
    enabled: q !== "",
    staleTime: 0,
    refetchOnWindowFocus: false,
  });
}

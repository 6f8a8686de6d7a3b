/** Loads a page's data, and its code, before the page is rendered. */

import { libraryMomentsQuery, momentsQuery } from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { transcriptQuery } from "@/api/transcript";
import { videoQuery, videosQuery } from "@/api/videos";
import { parseQuery } from "@/features/library/filter";
import { LIBRARY_PATH, MOMENTS_PATH, SEARCH_PATH, videoIdFromPath } from "@/lib/routes";

export const loadWatchPage = () => import("./WatchPage");
export const loadSearchPage = () => import("./SearchPage");
export const loadVocabularyPage = () => import("./VocabularyPage");
export const loadSettingsPage = () => import("./SettingsPage");
export const loadRunsPage = () => import("./RunsPage");
export const loadTrashPage = () => import("./TrashPage");
export const loadDuplicatesPage = () => import("./DuplicatesPage");
export const loadMomentsPage = () => import("./MomentsPage");

/** Prefetch the page of a URL. Resolves when its first requests have succeeded or failed. */
export async function prefetchPage(path: string, search = ""): Promise<void> {
  const videoId = videoIdFromPath(path);
  if (path === LIBRARY_PATH) {
    await queryClient.prefetchInfiniteQuery(videosQuery(parseQuery(new URLSearchParams(search))));
  } else if (path === MOMENTS_PATH) await prefetchMoments(search).catch(() => undefined);
  else if (path === SEARCH_PATH) await loadSearchPage().catch(() => undefined);
  else if (videoId !== null) await prefetchVideo(videoId);
}

async function prefetchMoments(search: string): Promise<void> {
  const [{ parseMomentFilters, toMomentQuery }] = await Promise.all([
    import("@/features/moments/library/moment-filter"),
    loadMomentsPage(),
  ]);
  await queryClient.prefetchInfiniteQuery(libraryMomentsQuery(toMomentQuery(parseMomentFilters(search))));
}

export async function prefetchVideo(videoId: string): Promise<void> {
  await Promise.all([
    loadWatchPage().catch(() => undefined), // the page shows the error when it opens
    queryClient.prefetchQuery(videoQuery(videoId)),
    queryClient.prefetchQuery(transcriptQuery(videoId)),
    queryClient.prefetchQuery(momentsQuery(videoId)),
  ]);
}

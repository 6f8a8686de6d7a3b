/** Every page, by its path. Only the library's code comes at once; the others' when they are opened. */

import { lazy, Suspense } from "react";
import { Route, Switch } from "wouter";
import { usePathname } from "wouter/use-browser-location";
import { momentsQuery } from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { transcriptQuery } from "@/api/transcript";
import { videoIdOf, videoQuery, videosQuery } from "@/api/videos";
import { filterOf } from "@/features/library/filter";
import { LibraryPage } from "@/features/library/LibraryPage";
import { NotFoundPage } from "./NotFoundPage";

const loadWatchPage = () => import("@/features/watch/WatchPage");
const WatchPage = lazy(async () => ({ default: (await loadWatchPage()).WatchPage }));
const RunsPage = lazy(async () => ({ default: (await import("@/features/runs/RunsPage")).RunsPage }));

export function Pages() {
  const videoId = videoIdOf(usePathname());
  return (
    <Suspense fallback={null}>
      <Switch>
        <Route path="/" component={LibraryPage} />
        <Route path="/runs" component={RunsPage} />
        <Route path="/watch/*">
          {/* Read off the address itself: an id may hold whatever a file name may. */}
          {videoId === null ? <NotFoundPage /> : <WatchPage key={videoId} videoId={videoId} />}
        </Route>
        <Route component={NotFoundPage} />
      </Switch>
    </Suspense>
  );
}

/** Ask for what the page at this address shows, before its code is there to ask itself.
 *
 * Resolves once the answer is there, or the lack of one. */
export async function prefetchPage(path: string, search = ""): Promise<void> {
  const videoId = videoIdOf(path);
  if (path === "/") {
    await queryClient.prefetchInfiniteQuery(videosQuery(filterOf(new URLSearchParams(search))));
  } else if (videoId !== null) {
    await Promise.all([
      loadWatchPage().catch(() => undefined), // who opens the page is told
      queryClient.prefetchQuery(videoQuery(videoId)),
      queryClient.prefetchQuery(transcriptQuery(videoId)),
      queryClient.prefetchQuery(momentsQuery(videoId)),
    ]);
  }
}

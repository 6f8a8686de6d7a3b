/** Tags, favourites, progress and saved views. */

import { type InfiniteData, queryOptions } from "@tanstack/react-query";
import { client, forVideo, unwrap } from "./client";
import { invalidate, queryClient } from "./query-client";
import type { SavedViewRead, VideoDetail, VideoSummary } from "./schema";
import { refreshVideos, type VideoPage, type VideoQuery } from "./videos";

/** Query all tags with the number of their videos. */
export function tagsQuery() {
  return queryOptions({
    queryKey: ["videos", "tags"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/tags", { signal })),
  });
}

type Organised = Pick<VideoSummary, "tags" | "is_favorite">;

/** Change tags or the favourite mark of a video; the page shows the change at once. */
export async function organiseVideo(id: string, change: Partial<Organised>): Promise<void> {
  const undo = updateCached(id, change);
  try {
    await unwrap(client.PATCH("/api/videos/{video_id}", { ...forVideo(id), body: change }));
  } catch (error) {
    undo();
    throw error;
  }
  if (change.tags) await refreshVideos();
  else await queryClient.invalidateQueries({ queryKey: ["videos"], refetchType: "none" });
}

/** Apply a change to the cached lists and details of a video. Returns a function that restores them. */
function updateCached(id: string, change: Partial<Organised>): () => void {
  const lists = queryClient.getQueriesData<InfiniteData<VideoPage>>({ queryKey: ["videos", "list"] });
  const detailKey = ["videos", "one", id];
  const detail = queryClient.getQueryData<VideoDetail>(detailKey);
  for (const [key, data] of lists) {
    if (data) queryClient.setQueryData(key, { ...data, pages: data.pages.map(changePage) });
  }
  if (detail) queryClient.setQueryData(detailKey, { ...detail, ...change });
  return () => {
    for (const [key, data] of lists) queryClient.setQueryData(key, data);
    if (detail) queryClient.setQueryData(detailKey, detail);
  };
  function changePage(page: VideoPage): VideoPage {
    if (!page.videos.some((video) => video.id === id)) return page;
    const videos = page.videos.map((video) => (video.id === id ? { ...video, ...change } : video));
    return { ...page, videos };
  }
}

/** Rename a tag on all videos; an existing one of that name is merged with it. */
export async function renameTag(name: string, next: string): Promise<void> {
  const params = { path: { tag: name } };
  await unwrap(client.PATCH("/api/tags/{tag}", { params, body: { name: next } }));
  await refreshVideos();
}

/** Remove a tag from all videos. */
export async function deleteTag(name: string): Promise<void> {
  await unwrap(client.DELETE("/api/tags/{tag}", { params: { path: { tag: name } } }));
  await refreshVideos();
}

/** A name for filters and sort order of the library. */
export interface SavedView extends Pick<SavedViewRead, "id" | "name"> {
  query: VideoQuery;
}

export function viewsQuery() {
  return queryOptions({
    queryKey: ["views"],
    queryFn: async ({ signal }) => (await unwrap(client.GET("/api/views", { signal }))) as SavedView[],
  });
}

interface ViewContent {
  name: string;
  query: VideoQuery;
}

export async function createView(view: ViewContent): Promise<void> {
  await unwrap(client.POST("/api/views", { body: { ...view, query: { ...view.query } } }));
  await invalidate(["views"]);
}

export async function updateView(id: SavedView["id"], change: Partial<ViewContent>): Promise<void> {
  const params = { path: { view_id: id } };
  const { name = null, query } = change;
  const body = { name, query: query ? { ...query } : null };
  await unwrap(client.PATCH("/api/views/{view_id}", { params, body }));
  await invalidate(["views"]);
}

export async function deleteView(id: SavedView["id"]): Promise<void> {
  await unwrap(client.DELETE("/api/views/{view_id}", { params: { path: { view_id: id } } }));
  await invalidate(["views"]);
}

/** Store the playback position of a video for all browsers. */
export async function reportProgress(id: string, position: number): Promise<void> {
  const request = client.PUT("/api/videos/{video_id}/progress", {
    ...forVideo(id),
    body: { position },
    keepalive: true, // the page may be closing
  });
  await unwrap(request);
  const queryKey = ["videos"];
  await queryClient.invalidateQueries({ queryKey, refetchType: "none" });
}

import { queryOptions } from "@tanstack/react-query";
import { parseStoryboard, type Tile } from "@/lib/storyboard";
import { client, forVideo, unwrap } from "./client";
import { ApiError } from "./errors";

/** A storyboard whose sheet the browser has loaded. */
export interface Storyboard {
  url: string;
  /** Pixels of the whole sheet. */
  width: number;
  height: number;
  tiles: readonly Tile[];
}

const MAX_RETRIES = 8;
const MAX_DELAY_MS = 60_000;

/** Query the preview frames of the seek bar; null if the video has none.
 *
 * The first request makes them, which takes a while for long videos; until then the seek bar shows times only. */
export function storyboardQuery(videoId: string) {
  return queryOptions({
    queryKey: ["storyboard", videoId],
    queryFn: async ({ signal }): Promise<Storyboard | null> => {
      const request = client.GET("/api/videos/{video_id}/storyboard.vtt", {
        ...forVideo(videoId),
        parseAs: "text",
        signal,
      });
      const track = parseStoryboard((await unwrap(request)) as string);
      if (!track) return null;
      const base = new URL(`/api/videos/${encodeURIComponent(videoId)}/storyboard.vtt`, location.href);
      const { href } = new URL(track.image, base);
      return { url: href, tiles: track.tiles, ...(await loadSheet(href)) };
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: (failures, error) =>
      error instanceof ApiError && error.problem.retryable && failures < MAX_RETRIES,
    retryDelay: (failures) => Math.min(2_000 * 2 ** failures, MAX_DELAY_MS),
  });
}

async function loadSheet(url: string): Promise<{ width: number; height: number }> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return { width: image.naturalWidth, height: image.naturalHeight };
}

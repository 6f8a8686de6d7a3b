/** Choice between the original and its playback copy. */

import type { VideoDetail } from "@/api/schema";
import { streamUrl } from "@/api/videos";

export type PlaybackSource =
  /** The browser's decoders have not been queried yet. */
  | { kind: "undecided" }
  | { kind: "playable"; url: string; isOriginal: boolean }
  /** A copy is needed and does not exist yet. */
  | { kind: "waiting" };

/** Choose the source.
 *
 * @param canPlayOriginal null while unknown */
export function chooseSource(
  { id, playback }: Pick<VideoDetail, "id" | "playback">,
  canPlayOriginal: boolean | null,
): PlaybackSource {
  if (playback.source === "original") return { kind: "playable", url: playback.url, isOriginal: true };
  if (canPlayOriginal === null) return { kind: "undecided" };
  if (canPlayOriginal) return { kind: "playable", url: streamUrl(id), isOriginal: true };
  if (playback.state === "ready") return { kind: "playable", url: playback.url, isOriginal: false };
  return { kind: "waiting" };
}

import { useEffect } from "react";
import { reportProgress } from "@/api/organise";
import { listen } from "@/lib/listen";
import type { Player } from "@/lib/player";

const INTERVAL_MS = 10_000;
/** Shorter playback is ignored: the page was opened by mistake. */
const MIN_SECONDS = 5;

/** Store the playback position on the server: during playback, on pause and when the page is left. */
export function useReportProgress(player: Player, videoId: string, isListed: boolean): void {
  useEffect(() => {
    if (!isListed) return;
    let reportedAt = 0;
    let reported = Number.NaN;
    const report = () => {
      const { video, time, range } = player;
      // Playing a single range, such as a moment, does not change where the video was left.
      if (!video || video.readyState === 0 || range || time < MIN_SECONDS) return;
      if (Math.abs(time - reported) < 1) return;
      reportedAt = Date.now();
      reported = time;
      // The next report follows soon; an error need not disturb the reader.
      reportProgress(videoId, time).catch(() => undefined);
    };
    let wasPlaying = false;
    const unsubscribe = player.subscribe(() => {
      const isPlaying = !player.isPaused;
      const hasStopped = wasPlaying && !isPlaying;
      wasPlaying = isPlaying;
      if (hasStopped || (isPlaying && Date.now() - reportedAt >= INTERVAL_MS)) report();
    });
    const stop = listen(window, { pagehide: () => wasPlaying && report() });
    return () => {
      if (wasPlaying) report();
      unsubscribe();
      stop();
    };
  }, [player, videoId, isListed]);
}

/** Where a video begins: at the address's time, or where somebody was. And what it keeps for the next time. */

import { useEffect } from "react";
import { useLocationProperty } from "wouter/use-browser-location";
import { formatTime } from "@/lib/format";
import { parseTimeRange } from "@/lib/media-fragment";
import type { Player } from "./player";
import { prefer, preferences } from "./preferences";
import { keepPosition, readPosition } from "./resume";

const KEEP_EVERY_MS = 5_000;

/** Go where the address says, each time it says something else; else to where the video was left. */
export function useOpening(player: Player, videoId: string, tell: (hint: string) => void): void {
  const address = useLocationProperty(() => location.search + location.hash);
  useEffect(() => {
    const [search = "", hash = ""] = address.split("#");
    const range = parseTimeRange(search, hash);
    const left = range ? null : readPosition(videoId);
    if (range) player.playRange(range);
    else if (left !== null) {
      player.seek(left);
      tell(`Goes on at ${formatTime(left)}`);
    }
  }, [player, videoId, address, tell]);
}

/** Keep the place while it plays, and when it stops or the page is left. */
export function useKeptPosition(video: HTMLVideoElement | null, player: Player, videoId: string): void {
  useEffect(() => {
    if (!video) return;
    let keptAt = Date.now();
    const keep = () => {
      keptAt = Date.now();
      // A part played alone is looked at in passing: it is not where somebody is.
      if (video.readyState > 0 && !player.range) keepPosition(videoId, video.currentTime, video.duration);
    };
    const keepNowAndThen = () => {
      if (!video.paused && Date.now() - keptAt >= KEEP_EVERY_MS) keep();
    };
    video.addEventListener("timeupdate", keepNowAndThen);
    video.addEventListener("pause", keep);
    video.addEventListener("ended", keep);
    window.addEventListener("pagehide", keep);
    return () => {
      video.removeEventListener("timeupdate", keepNowAndThen);
      video.removeEventListener("pause", keep);
      video.removeEventListener("ended", keep);
      window.removeEventListener("pagehide", keep);
      if (!video.paused) keep();
    };
  }, [video, player, videoId]);
}

/** Volume and speed as they were liked, and liked as they are set. */
export function useLiking(video: HTMLVideoElement | null): void {
  useEffect(() => {
    if (!video) return;
    const { volume, isMuted, speed } = preferences();
    video.volume = volume;
    video.muted = isMuted;
    // The default is what a video that is loaded anew begins with.
    video.defaultPlaybackRate = speed;
    video.playbackRate = speed;
    const keepVolume = () => prefer({ volume: video.volume, isMuted: video.muted });
    const keepSpeed = () => {
      if (video.readyState === 0) return;
      video.defaultPlaybackRate = video.playbackRate;
      prefer({ speed: video.playbackRate });
    };
    video.addEventListener("volumechange", keepVolume);
    video.addEventListener("ratechange", keepSpeed);
    return () => {
      video.removeEventListener("volumechange", keepVolume);
      video.removeEventListener("ratechange", keepSpeed);
    };
  }, [video]);
}

import { memo, useCallback } from "react";
import { Link } from "wouter";
import type { VideoSummary } from "@/api/schema";
import { watchPath } from "@/api/videos";
import { prefetchPage } from "@/app/routes";
import { formatAgo, formatDuration, formatResolution, formatTime } from "@/lib/format";
import { loadInTurn } from "@/lib/image-queue";
import styles from "./VideoCard.module.css";

const REST_MS = 80;
let resting: ReturnType<typeof setTimeout> | undefined;

/** Where the pointer or the focus rests, the page behind it is asked for. */
function rest(path: string): void {
  clearTimeout(resting);
  resting = setTimeout(() => void prefetchPage(path), REST_MS);
}

interface VideoCardProps {
  video: VideoSummary;
  index: number;
  total: number;
  onMenu: (video: VideoSummary, button: HTMLElement) => void;
}

/** A video in the grid: few elements, since there are many of them. */
export const VideoCard = memo(function VideoCard({ video, index, total, onMenu }: VideoCardProps) {
  const path = watchPath(video.id);
  const { thumbnail_url: url } = video;
  const picture = useCallback((image: HTMLImageElement) => loadInTurn(image, url), [url]);
  const lines = formatResolution(video.resolution);
  const facts = [
    video.is_local ? "Cloud and here" : "Cloud",
    video.has_transcript ? "Transcript" : null,
    formatAgo(video.created_at),
  ];
  return (
    // biome-ignore lint/a11y/useSemanticElements: of a list whose items stand in rows, and mostly are not there
    <div
      className={styles.item}
      role="listitem"
      aria-setsize={total}
      aria-posinset={index + 1}
      data-index={index}
    >
      <Link
        to={path}
        className={styles.card}
        onPointerEnter={() => rest(path)}
        onFocus={() => rest(path)}
        onPointerLeave={() => clearTimeout(resting)}
      >
        <span className={styles.picture}>
          <img
            ref={picture}
            alt=""
            width="320"
            height="180"
            decoding="async"
            onError={(event) => {
              event.currentTarget.hidden = true;
            }}
          />
          {lines && <span className={styles.lines}>{lines}</span>}
          {video.duration_seconds != null && (
            <span className={styles.length} title={formatDuration(video.duration_seconds)}>
              {formatTime(video.duration_seconds)}
            </span>
          )}
        </span>
        <span className={styles.title} title={video.title}>
          {video.title}
        </span>
        <span className={styles.facts}>{facts.filter(Boolean).join(" · ")}</span>
      </Link>
      <button
        type="button"
        className={styles.more}
        aria-haspopup="menu"
        aria-label={`Actions for ${video.title}`}
        onClick={(event) => onMenu(video, event.currentTarget)}
      />
    </div>
  );
});

/** The place of a card that is on its way. */
export function CardPlace() {
  return (
    <div aria-hidden className={styles.place}>
      <span className={styles.picture} />
    </div>
  );
}

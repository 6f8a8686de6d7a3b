import { memo, useCallback } from "react";
import { Link } from "wouter";
import type { VideoSummary } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { formatAgo, formatDate, formatDuration, formatResolution, formatTime } from "@/lib/format";
import { enqueueImage } from "@/lib/image-queue";
import { watchPath } from "@/lib/routes";
import styles from "./VideoCard.module.css";

const HOVER_MS = 80;
let hoverTimer: ReturnType<typeof setTimeout> | undefined;

interface VideoCardProps {
  video: VideoSummary;
  index: number;
  total: number;
  onMenu: (video: VideoSummary, button: HTMLElement) => void;
  /** Called when the pointer or the focus rests on the card. */
  onHover: (videoId: string) => void;
}

/** A video in the grid. Uses few elements, because there are many cards. */
export const VideoCard = memo(function VideoCard({ video, index, total, onMenu, onHover }: VideoCardProps) {
  const { recorded_at: recordedAt } = video;
  const facts = [
    video.channel,
    recordedAt === null ? formatAgo(video.created_at) : formatDate(recordedAt),
    video.has_transcript ? "Transcript" : null,
    video.is_local ? "Cloud and local" : "Cloud",
  ]
    .filter(Boolean)
    .join(" · ");
  const startHover = () => {
    clearTimeout(hoverTimer);
    hoverTimer = setTimeout(() => onHover(video.id), HOVER_MS);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: list items are inside rows, and only the visible ones exist
    <div
      className={styles.item}
      role="listitem"
      aria-setsize={total}
      aria-posinset={index + 1}
      data-index={index}
    >
      <Link
        to={watchPath(video.id)}
        className={styles.card}
        onPointerEnter={startHover}
        onFocus={startHover}
        onPointerLeave={() => clearTimeout(hoverTimer)}
      >
        <Thumbnail video={video} />
        <span className={styles.title} title={video.title}>
          {video.title}
        </span>
        <span className={styles.facts} title={facts}>
          {facts}
        </span>
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

function Thumbnail({ video }: { video: VideoSummary }) {
  const url = useThumbnailUrl(video.id, video.thumbnail_url);
  const image = useCallback((element: HTMLImageElement) => enqueueImage(element, url), [url]);
  const resolution = formatResolution(video.resolution);
  return (
    <span className={styles.picture}>
      <img
        ref={image}
        alt=""
        width="320"
        height="180"
        decoding="async"
        onError={(event) => {
          event.currentTarget.hidden = true;
        }}
        // A picture chosen later replaces a missing one.
        onLoad={(event) => {
          event.currentTarget.hidden = false;
        }}
      />
      {resolution && <span className={styles.resolution}>{resolution}</span>}
      {video.duration_seconds != null && (
        <span className={styles.duration} title={formatDuration(video.duration_seconds)}>
          {formatTime(video.duration_seconds)}
        </span>
      )}
    </span>
  );
}

/** Takes the space of a card whose video is being loaded. */
export function CardPlaceholder() {
  return (
    <div aria-hidden className={styles.placeholder}>
      <span className={styles.picture} />
    </div>
  );
}

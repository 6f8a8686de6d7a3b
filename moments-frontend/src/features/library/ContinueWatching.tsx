import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { VideoSummary } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { continueWatchingQuery } from "@/api/videos";
import { t } from "@/i18n";
import { formatDuration } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import styles from "./ContinueWatching.module.css";

/** Videos that were left before their end, the last watched one first. */
export function ContinueWatching({ onHover }: { onHover: (videoId: string) => void }) {
  const videos = useQuery(continueWatchingQuery()).data ?? [];
  if (videos.length === 0) return null;
  return (
    <section aria-labelledby="continue-watching" className={styles.section}>
      <h2 id="continue-watching" className={styles.heading}>
        {t("library.continueWatching")}
      </h2>
      <ul className={styles.row}>
        {videos.map((video) => (
          <li key={video.id}>
            <Started video={video} onHover={onHover} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Started({ video, onHover }: { video: VideoSummary; onHover: (videoId: string) => void }) {
  const { id, title, watch_position: position, duration_seconds: duration } = video;
  const picture = useThumbnailUrl(id, video.thumbnail_url);
  const left = duration === null || position === null ? null : Math.max(0, duration - position);
  const text = left === null ? null : t("library.timeLeft", { time: formatDuration(left) });
  const share = duration ? Math.min(100, (100 * (position ?? 0)) / duration) : 0;
  return (
    <Link
      to={watchPath(id)}
      className={styles.card}
      title={title}
      onFocus={() => onHover(id)}
      onPointerEnter={() => onHover(id)}
    >
      <span className={styles.picture}>
        <img
          src={picture}
          alt=""
          width="320"
          height="180"
          loading="lazy"
          decoding="async"
          onError={({ currentTarget }) => {
            currentTarget.hidden = true;
          }}
        />
        <span className={styles.progress} style={{ width: `${share}%` }} />
      </span>
      <span className={styles.title}>{title}</span>
      <span className={styles.left}>{text}</span>
    </Link>
  );
}

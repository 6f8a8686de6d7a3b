import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import type { VideoSummary } from "@/api/schema";
import { continueWatchingQuery } from "@/api/videos";
import { t } from "@/i18n";
import { formatDuration } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import styles from "./ContinueWatching.module.css";
import { Picture } from "./Picture";

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
  const left = duration === null || position === null ? null : Math.max(0, duration - position);
  const text = left === null ? null : t("library.timeLeft", { time: formatDuration(left) });
  return (
    <Link
      to={watchPath(id)}
      className={styles.card}
      title={title}
      onFocus={() => onHover(id)}
      onPointerEnter={() => onHover(id)}
    >
      <Picture video={video} />
      <span className={styles.title}>{title}</span>
      <span className={styles.left}>{text}</span>
    </Link>
  );
}

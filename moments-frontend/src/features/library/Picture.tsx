import { type ReactNode, useCallback } from "react";
import type { VideoSummary } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { enqueueImage } from "@/lib/image-queue";
import { cx } from "@/ui/cx";
import styles from "./Picture.module.css";

interface PictureProps {
  video: VideoSummary;
  className?: string | undefined;
  /** Overlay of the picture. */
  children?: ReactNode;
}

/** The thumbnail of a video and the part that was watched; a pattern if the thumbnail is missing. */
export function Picture({ video, className, children }: PictureProps) {
  const { duration_seconds: duration, watch_position: position } = video;
  const url = useThumbnailUrl(video.id, video.thumbnail_url);
  const image = useCallback((element: HTMLImageElement) => enqueueImage(element, url), [url]);
  return (
    <span className={cx(styles.picture, className)}>
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
      {children}
      {position != null && duration ? (
        <span
          className={styles.progress}
          style={{ width: `${Math.min(100, (100 * position) / duration)}%` }}
        />
      ) : null}
    </span>
  );
}

/** Takes the space of a picture whose video is being loaded. */
export function PicturePlaceholder() {
  return <span className={cx(styles.picture, styles.plain)} />;
}

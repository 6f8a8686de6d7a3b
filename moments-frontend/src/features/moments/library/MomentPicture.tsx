import { useCallback } from "react";
import type { LibraryMoment } from "@/api/moments";
import { useThumbnailUrl } from "@/api/thumbnails";
import { formatPreciseDuration } from "@/lib/format";
import { enqueueImage } from "@/lib/image-queue";
import { tileAt } from "@/lib/storyboard";
import styles from "./MomentRow.module.css";
import { useStoryboardInTurn } from "./storyboard-turns";

/** Width of the picture in CSS pixels, as in the style sheet. */
const WIDTH = 160;

/** Picture of the video at the moment's time; its thumbnail until then. */
export function MomentPicture({ moment }: { moment: LibraryMoment }) {
  const { video, start_time: start, end_time: end } = moment;
  const storyboard = useStoryboardInTurn(video.id);
  const tile = storyboard && tileAt(storyboard.tiles, (start + end) / 2);
  const url = useThumbnailUrl(video.id, video.thumbnail_url);
  const image = useCallback((element: HTMLImageElement) => enqueueImage(element, url), [url]);
  const scale = tile ? Math.max(WIDTH / tile.width, (WIDTH * 9) / 16 / tile.height) : 1;
  return (
    <span className={styles.picture}>
      <img
        ref={image}
        alt=""
        width={WIDTH}
        height={(WIDTH * 9) / 16}
        decoding="async"
        onError={(event) => {
          event.currentTarget.hidden = true;
        }}
      />
      {storyboard && tile && (
        <span
          aria-hidden
          data-storyboard
          className={styles.tile}
          style={{
            width: tile.width * scale,
            height: tile.height * scale,
            backgroundImage: `url("${storyboard.url}")`,
            backgroundSize: `${storyboard.width * scale}px ${storyboard.height * scale}px`,
            backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
          }}
        />
      )}
      <span className={styles.duration}>{formatPreciseDuration(end - start)}</span>
    </span>
  );
}

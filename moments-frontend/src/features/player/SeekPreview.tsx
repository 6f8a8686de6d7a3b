import { useLayoutEffect, useRef } from "react";
import type { Storyboard } from "@/api/storyboard";
import { formatTime } from "@/lib/format";
import { tileAt } from "@/lib/storyboard";
import { previewLeft, previewScale } from "./preview-layout";
import styles from "./SeekBar.module.css";

interface SeekPreviewProps {
  seconds: number;
  duration: number;
  /** Title of the moment or the chapter at this time. */
  title: string | undefined;
  /** Null while there are no pictures; then only texts are shown. */
  storyboard: Storyboard | null;
}

/** Picture, moment and time of a position, above the seek bar. */
export function SeekPreview({ seconds, duration, title, storyboard }: SeekPreviewProps) {
  const box = useRef<HTMLDivElement>(null);
  const picture = useRef<HTMLSpanElement>(null);
  const tile = storyboard ? tileAt(storyboard.tiles, seconds) : undefined;
  // Every change of the texts and of the bar changes the width, so it is measured after each render.
  useLayoutEffect(() => {
    const bar = box.current?.parentElement;
    if (!box.current || !bar) return;
    if (picture.current && storyboard && tile) {
      const scale = previewScale(tile, bar.clientWidth);
      Object.assign(picture.current.style, {
        width: `${tile.width * scale}px`,
        height: `${tile.height * scale}px`,
        backgroundImage: `url("${storyboard.url}")`,
        backgroundSize: `${storyboard.width * scale}px ${storyboard.height * scale}px`,
        backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
      });
    }
    const left = previewLeft(seconds / duration, box.current.offsetWidth, bar.clientWidth);
    box.current.style.translate = `${left}px`;
  });
  return (
    <div ref={box} aria-hidden className={styles.preview} data-preview>
      {tile && <span ref={picture} className={styles.picture} data-storyboard />}
      {title && <span className={styles.title}>{title}</span>}
      <span className={styles.time}>{formatTime(seconds)}</span>
    </div>
  );
}

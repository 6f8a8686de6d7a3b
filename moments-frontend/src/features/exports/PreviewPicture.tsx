import { useEffect, useRef } from "react";
import type { VideoDetail } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { streamUrl } from "@/api/videos";
import { listen } from "@/lib/listen";
import type { CropPosition } from "./crop";
import styles from "./Preview.module.css";
import type { Preview } from "./use-preview";

interface PreviewPictureProps {
  video: VideoDetail;
  preview: Preview;
  crop: CropPosition;
  /** Show the whole picture above a blurred copy of it. */
  isBlurred: boolean;
}

/** The frame of the video; its thumbnail if the browser cannot decode the file. */
export function PreviewPicture({ video, preview, crop, isBlurred }: PreviewPictureProps) {
  const thumbnail = useThumbnailUrl(video.id, video.thumbnail_url);
  const style = { objectPosition: `${crop.x * 100}% ${crop.y * 100}%` };
  const className = isBlurred ? styles.whole : styles.cropped;
  if (preview.isFailed) {
    return (
      <>
        {isBlurred && <img src={thumbnail} alt="" className={styles.backdrop} />}
        <img src={thumbnail} alt="" draggable={false} className={className} style={style} />
      </>
    );
  }
  const { source, state, url } = video.playback;
  return (
    <>
      {isBlurred && <Backdrop preview={preview} />}
      {/* biome-ignore lint/a11y/useMediaCaption: captions are drawn above as they are exported */}
      <video
        ref={preview.attach}
        src={source === "copy" && state === "ready" ? url : streamUrl(video.id)}
        preload="auto"
        playsInline
        aria-hidden
        tabIndex={-1}
        className={className}
        style={style}
      />
    </>
  );
}

/** A blurred copy of the current frame. The canvas is small, as blurring removes all detail. */
function Backdrop({ preview: { element, time } }: { preview: Preview }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: draws again as time passes
  useEffect(() => {
    const draw = () => {
      if (!canvas.current || !element || element.readyState < 2) return;
      const { width, height } = canvas.current;
      canvas.current.getContext("2d")?.drawImage(element, 0, 0, width, height);
    };
    draw();
    return element ? listen(element, { loadeddata: draw, seeked: draw }) : undefined;
  }, [element, time]);
  return <canvas ref={canvas} width={96} height={54} className={styles.backdrop} />;
}

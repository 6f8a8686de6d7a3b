import { useRef, useState } from "react";
import type { SharedVideo } from "@/api/schema";
import { sharedPath } from "@/api/shared";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import styles from "./SharedPlayer.module.css";

interface SharedPlayerProps {
  token: string;
  shared: SharedVideo;
}

/** Plays what a link shares, with captions and chapters. */
export function SharedPlayer({ token, shared }: SharedPlayerProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [hasFailed, setFailed] = useState(false);
  if (shared.state !== "ready") {
    const { state, percent } = shared;
    const text =
      state === "failed" ? t("shared.failed") : t("shared.preparing", { percent: Math.floor(percent) });
    return <p role="status">{text}</p>;
  }
  const play = (seconds: number) => {
    if (!video.current) return;
    video.current.currentTime = seconds;
    void video.current.play().catch(() => undefined); // the browser may require another click
  };
  const source = sharedPath(token, "video");
  return (
    <>
      {/* biome-ignore lint/a11y/useMediaCaption: a video without a transcript has no captions */}
      <video
        ref={video}
        className={styles.video}
        src={shared.start_time > 0 ? `${source}#t=${shared.start_time}` : source}
        poster={sharedPath(token, "thumbnail")}
        controls
        playsInline
        preload="metadata"
        onError={() => setFailed(true)}
      >
        {shared.has_captions && (
          <track
            kind="captions"
            src={sharedPath(token, "captions.vtt")}
            srcLang={shared.language ?? "en"}
            label={t("shared.captions")}
            default
          />
        )}
      </video>
      {hasFailed && <p role="alert">{t("shared.noPlayback")}</p>}
      {shared.chapters.length > 0 && (
        <nav aria-label={t("shared.chapters")}>
          <h2 className={styles.heading}>{t("shared.chapters")}</h2>
          <ol className={styles.chapters}>
            {shared.chapters.map(({ start_time, title }) => (
              <li key={start_time}>
                <button type="button" className={styles.chapter} onClick={() => play(start_time)}>
                  <span className={styles.time}>{formatTime(start_time)}</span>
                  <span>{title}</span>
                </button>
              </li>
            ))}
          </ol>
        </nav>
      )}
    </>
  );
}

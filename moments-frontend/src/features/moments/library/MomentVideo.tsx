import { useEffect, useEffectEvent, useRef, useState } from "react";
import { t } from "@/i18n";
import { listen } from "@/lib/listen";
import styles from "./PlayThrough.module.css";

interface MomentVideoProps {
  url: string;
  label: string;
  /** Seconds. */
  start: number;
  end: number;
  onEnd: () => void;
}

/** Position relative to the end that counts as the end: browsers pause some frames before it. */
const NEAR_END_SECONDS = 0.15;

/** Plays a part of a video. Space and K pause, as in the player. */
export function MomentVideo({ url, label, start, end, onEnd }: MomentVideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  const hasEnded = useRef(false);
  const [isFailed, setFailed] = useState(false);

  function check() {
    const element = video.current;
    const isAtEnd = element !== null && (element.ended || element.currentTime >= end - NEAR_END_SECONDS);
    if (!isAtEnd || hasEnded.current || !(element.paused || element.currentTime >= end)) return;
    hasEnded.current = true;
    element.pause();
    onEnd();
  }
  useToggleKeys(() => {
    const element = video.current;
    if (!element) return;
    if (element.paused) element.play().catch(() => undefined);
    else element.pause();
  });
  if (isFailed)
    return (
      <p role="alert" className={styles.screen}>
        {t("moments.thisVideoCouldNotBe")}
      </p>
    );
  return (
    // biome-ignore lint/a11y/useMediaCaption: the video's page offers captions
    <video
      ref={video}
      className={styles.screen}
      aria-label={label}
      src={`${url}#t=${start},${end}`}
      autoPlay
      controls
      playsInline
      onTimeUpdate={check}
      onPause={check}
      onEnded={check}
      onError={() => setFailed(true)}
    />
  );
}

function useToggleKeys(toggle: () => void): void {
  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    const isButton = event.target instanceof Element && event.target.closest("button, a, video") !== null;
    if (event.key.toLowerCase() !== "k" && (event.key !== " " || isButton)) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    toggle();
  });
  useEffect(() => listen(document, { keydown: (event) => handleKey(event) }, true), []);
}

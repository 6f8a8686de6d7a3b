import { FileVideo } from "lucide-react";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { ApiError } from "@/api/errors";
import type { VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { codecLabel, extensionLabel, isLikelyPlayable } from "@/lib/codecs";
import { sentence } from "@/lib/format";
import { listen } from "@/lib/listen";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Spinner } from "@/ui/Spinner";
import { CopyButton, CopyOverlay, DownloadButton } from "./CopyOverlay";
import type { PlaybackSource } from "./playback-source";
import { type PlaybackStatus, Recovery } from "./recovery";
import styles from "./VideoPlayer.module.css";

const OK: PlaybackStatus = { kind: "ok" };

interface PlaybackOverlayProps {
  video: VideoDetail;
  element: HTMLVideoElement;
  source: PlaybackSource;
  /** False for a local file without a row, which cannot have a copy. */
  isListed: boolean;
  /** Plays the copy instead of the original from now on. */
  onRejectOriginal: () => void;
}

/** Shows the playback copy's progress, playback errors and recovery over the video. */
export function PlaybackOverlay({ source, ...props }: PlaybackOverlayProps) {
  if (source.kind === "waiting") return <CopyOverlay video={props.video} />;
  if (source.kind === "undecided") return null;
  return <PlaybackState key={source.url} {...props} url={source.url} isOriginal={source.isOriginal} />;
}

interface PlaybackStateProps extends Omit<PlaybackOverlayProps, "source"> {
  url: string;
  isOriginal: boolean;
}

function PlaybackState({ video, element, url, isOriginal, isListed, onRejectOriginal }: PlaybackStateProps) {
  const recovery = useRecovery(video, element, url, isOriginal);
  const status = useSyncExternalStore(recovery?.subscribe ?? subscribeNever, () => recovery?.status ?? OK);
  const isAudioOnly = useAudioOnly(element, video.resolution !== null);
  const [isDismissed, setDismissed] = useState(false);
  const isUndecoded = status.kind === "unplayable" || isAudioOnly;
  // The browser reports that it decodes this original, but fails: its copy exists or is being made.
  const hasCopy = isOriginal && video.playback.source === "copy";
  useEffect(() => {
    if (isUndecoded && hasCopy) onRejectOriginal();
  }, [isUndecoded, hasCopy, onRejectOriginal]);

  const copyButton = isOriginal && isListed && (
    <CopyButton video={video} onRequested={onRejectOriginal}>
      {t("player.makeCopy")}
    </CopyButton>
  );
  if (status.kind === "recovering")
    return (
      <p role="status" className={styles.recovering}>
        <Spinner /> {t("player.connectionLost")}
      </p>
    );
  if (status.kind === "failed")
    return (
      <div className={styles.over}>
        <ErrorState isSmall error={new ApiError(status.problem)} onRetry={recovery?.retry} />
      </div>
    );
  if (status.kind === "unplayable")
    return (
      <Unplayable video={video} title={t("player.cannotPlay")}>
        {copyButton}
      </Unplayable>
    );
  if (isAudioOnly && !isDismissed)
    return (
      <Unplayable video={video} title={t("player.cannotPlayPicture")}>
        {copyButton}
        <Button
          onPress={() => {
            setDismissed(true);
            element.play().catch(() => undefined);
          }}
        >
          {t("player.playAudioOnly")}
        </Button>
      </Unplayable>
    );
  return null;
}

interface UnplayableProps {
  video: VideoDetail;
  title: string;
  /** Actions before the download. */
  children?: ReactNode;
}

function Unplayable({ video, title, children }: UnplayableProps) {
  const codecs = [video.video_codec, video.audio_codec].map(codecLabel).filter(Boolean).join(", ");
  const format = [extensionLabel(video.filename), codecs].filter(Boolean).join(", ");
  return (
    <div className={styles.over}>
      <EmptyState
        isSmall
        role="alert"
        icon={<FileVideo />}
        title={title}
        actions={
          <>
            {children}
            <DownloadButton video={video} />
          </>
        }
      >
        {video.playback.reason && <p>{sentence(video.playback.reason)}</p>}
        <p>{t("player.unsupported", { format })}</p>
      </EmptyState>
    </div>
  );
}

function useRecovery(
  video: VideoDetail,
  element: HTMLVideoElement,
  url: string,
  isOriginal: boolean,
): Recovery | null {
  const [recovery, setRecovery] = useState<Recovery | null>(null);
  const { filename, video_codec } = video;
  const isPlayable = !isOriginal || isLikelyPlayable({ filename, video_codec });
  useEffect(() => {
    const next = new Recovery(element, url, () => isPlayable);
    setRecovery(next);
    return () => next.stop();
  }, [element, url, isPlayable]);
  return recovery;
}

/** Report whether the browser plays the audio but cannot decode the video stream. */
function useAudioOnly(element: HTMLVideoElement, hasPicture: boolean): boolean {
  return useSyncExternalStore(
    (listener) => listen(element, { loadedmetadata: listener, resize: listener, emptied: listener }),
    () => hasPicture && element.readyState > 0 && element.videoWidth === 0,
  );
}

function subscribeNever(): () => void {
  return () => undefined;
}

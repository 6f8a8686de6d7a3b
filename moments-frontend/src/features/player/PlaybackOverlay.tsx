import { Download, FileVideo } from "lucide-react";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { ApiError } from "@/api/errors";
import type { VideoDetail } from "@/api/schema";
import { downloadUrl, streamUrl } from "@/api/videos";
import { codecLabel, isLikelyPlayable } from "@/lib/codecs";
import { listen } from "@/lib/listen";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Spinner } from "@/ui/Spinner";
import { type PlaybackStatus, Recovery } from "./recovery";
import styles from "./VideoPlayer.module.css";

const OK: PlaybackStatus = { kind: "ok" };

/** Shows playback errors and recovery over the video. */
export function PlaybackOverlay({ video, element }: { video: VideoDetail; element: HTMLVideoElement }) {
  const recovery = useRecovery(video, element);
  const status = useSyncExternalStore(recovery?.subscribe ?? subscribeNever, () => recovery?.status ?? OK);
  const isAudioOnly = useAudioOnly(element, video.resolution !== null);
  const [isDismissed, setDismissed] = useState(false);

  if (status.kind === "recovering")
    return (
      <p role="status" className={styles.recovering}>
        <Spinner /> Connection lost. Reconnecting…
      </p>
    );
  if (status.kind === "failed")
    return (
      <div className={styles.over}>
        <ErrorState isSmall error={new ApiError(status.problem)} onRetry={recovery?.retry} />
      </div>
    );
  if (status.kind === "unplayable")
    return <Unplayable video={video} title="This browser cannot play the video" />;
  if (isAudioOnly && !isDismissed)
    return (
      <Unplayable video={video} title="This browser can only play the audio">
        <Button
          onPress={() => {
            setDismissed(true);
            element.play().catch(() => undefined);
          }}
        >
          Play audio only
        </Button>
      </Unplayable>
    );
  return null;
}

interface UnplayableProps {
  video: VideoDetail;
  title: string;
  children?: ReactNode;
}

function Unplayable({ video, title, children }: UnplayableProps) {
  const extension = video.filename.split(".").at(-1)?.toUpperCase();
  const codecs = [video.video_codec, video.audio_codec].map(codecLabel).filter(Boolean).join(", ");
  return (
    <div className={styles.over}>
      <EmptyState
        isSmall
        role="alert"
        icon={<FileVideo />}
        title={title}
        actions={
          <>
            <LinkButton
              variant="primary"
              icon={<Download aria-hidden />}
              href={downloadUrl(video.id)}
              download={video.filename}
            >
              Download
            </LinkButton>
            {children}
          </>
        }
      >
        <p>
          Unsupported format: {extension}
          {codecs && ` (${codecs})`}. Use a desktop player such as VLC. Moments and transcript still work.
        </p>
      </EmptyState>
    </div>
  );
}

function useRecovery(video: VideoDetail, element: HTMLVideoElement): Recovery | null {
  const [recovery, setRecovery] = useState<Recovery | null>(null);
  const { id, filename, video_codec } = video;
  useEffect(() => {
    const isPlayable = () => isLikelyPlayable({ filename, video_codec }, (type) => element.canPlayType(type));
    const next = new Recovery(element, streamUrl(id), isPlayable);
    setRecovery(next);
    return () => next.stop();
  }, [element, id, filename, video_codec]);
  return recovery;
}

/** Report whether the browser plays the audio but cannot decode the video stream. */
function useAudioOnly(element: HTMLVideoElement, hasPicture: boolean): boolean {
  return useSyncExternalStore(
    (listener) => listen(element, { loadedmetadata: listener, resize: listener }),
    () => hasPicture && element.readyState > 0 && element.videoWidth === 0,
  );
}

function subscribeNever(): () => void {
  return () => undefined;
}

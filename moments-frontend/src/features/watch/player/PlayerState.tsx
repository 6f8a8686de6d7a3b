import { Download, FileVideo } from "lucide-react";
import { type ReactNode, useEffect, useState, useSyncExternalStore } from "react";
import { ApiError } from "@/api/client";
import type { VideoDetail } from "@/api/schema";
import { downloadUrl, streamUrl } from "@/api/videos";
import { Button, LinkButton } from "@/ui/Button";
import { Spinner } from "@/ui/Spinner";
import { ErrorState, State } from "@/ui/State";
import { codecName, isKnownKind } from "../codecs";
import { type Condition, Recovery } from "./recovery";
import styles from "./VideoPlayer.module.css";

interface PlayerStateProps {
  video: VideoDetail;
  element: HTMLVideoElement;
}

const FINE: Condition = { kind: "fine" };

/** Watches over the video, and says over the picture what has become of it where it does not play. */
export function PlayerState({ video, element }: PlayerStateProps) {
  const recovery = useRecovery(video, element);
  const condition = useSyncExternalStore(recovery?.subscribe ?? never, () => recovery?.condition ?? FINE);
  const isSoundOnly = useSoundOnly(element, video.resolution !== null);
  const [isListening, setListening] = useState(false);

  if (condition.kind === "trying")
    return (
      <p role="status" className={styles.trying}>
        <Spinner /> The connection broke off. It goes on as soon as it can.
      </p>
    );
  if (condition.kind === "failed")
    return (
      <div className={styles.over}>
        <ErrorState isSmall error={new ApiError(condition.problem)} onRetry={recovery?.tryAgain} />
      </div>
    );
  if (condition.kind === "unplayable")
    return <Unplayable video={video} title="Your browser cannot play this file" />;
  if (isSoundOnly && !isListening)
    return (
      <Unplayable video={video} title="Your browser cannot show this picture">
        <Button
          onPress={() => {
            setListening(true);
            element.play().catch(() => undefined);
          }}
        >
          Listen to the sound
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
  const ending = video.filename.split(".").at(-1)?.toUpperCase();
  const codecs = [video.video_codec, video.audio_codec].map(codecName).filter(Boolean).join(" and ");
  return (
    <div className={styles.over}>
      <State
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
              Download the file
            </LinkButton>
            {children}
          </>
        }
      >
        <p>
          Its kind is {[ending, codecs].filter(Boolean).join(", with ")}. A player on your computer, such as
          VLC, plays it. Moments and transcript are made all the same.
        </p>
      </State>
    </div>
  );
}

function useRecovery(video: VideoDetail, element: HTMLVideoElement): Recovery | null {
  const [recovery, setRecovery] = useState<Recovery | null>(null);
  const { id, filename, video_codec } = video;
  useEffect(() => {
    const isKindKnown = () => isKnownKind({ filename, video_codec }, (type) => element.canPlayType(type));
    const made = new Recovery(element, streamUrl(id), isKindKnown);
    setRecovery(made);
    return () => made.stop();
  }, [element, id, filename, video_codec]);
  return recovery;
}

/** Whether the browser plays the sound of a video and has left out its picture. */
function useSoundOnly(element: HTMLVideoElement, hasPicture: boolean): boolean {
  return useSyncExternalStore(
    (listener) => {
      element.addEventListener("loadedmetadata", listener);
      element.addEventListener("resize", listener);
      return () => {
        element.removeEventListener("loadedmetadata", listener);
        element.removeEventListener("resize", listener);
      };
    },
    () => hasPicture && element.readyState > 0 && element.videoWidth === 0,
  );
}

function never(): () => void {
  return () => undefined;
}

import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight, ExternalLink } from "lucide-react";
import { useEffect, useEffectEvent, useState } from "react";
import type { LibraryMoment } from "@/api/moments";
import { queryClient } from "@/api/query-client";
import { streamUrl, videoQuery } from "@/api/videos";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { listen } from "@/lib/listen";
import { watchPath } from "@/lib/routes";
import { Button, LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { MomentVideo } from "./MomentVideo";
import styles from "./PlayThrough.module.css";

interface PlayThroughProps {
  moments: readonly LibraryMoment[];
  /** Number of moments, including those that are not loaded yet. */
  total: number;
  /** Index of the first moment to play. */
  first: number;
  /** Loads more moments; null if there are none or they are being loaded. */
  onMore: (() => void) | null;
  onClose: () => void;
}

/** Moments left in the list when more are loaded. */
const AHEAD = 5;

/** Plays moments one after another. */
export function PlayThrough({ moments, total, first, onMore, onClose }: PlayThroughProps) {
  const [index, setIndex] = useState(first);
  const [hasEnded, setEnded] = useState(false);
  const moment = moments[index];
  const isNearEnd = index + AHEAD >= moments.length;
  useEffect(() => {
    if (isNearEnd) onMore?.();
  }, [isNearEnd, onMore]);
  const next = moments[index + 1]?.video.id;
  useEffect(() => {
    if (next !== undefined) void queryClient.prefetchQuery(videoQuery(next));
  }, [next]);

  function go(step: 1 | -1) {
    const isInside = moments[index + step] !== undefined;
    setEnded(!isInside && step > 0);
    if (isInside) setIndex(index + step);
  }
  useStepKeys(go);
  if (!moment) return null;
  const { title, video, start_time: start, end_time: end } = moment;
  return (
    <Dialog
      title={t("moments.playMoments")}
      width="l"
      isOpen
      onClose={onClose}
      actions={<Steps index={index} count={moments.length} onStep={go} />}
    >
      <div className={styles.content}>
        <Player key={`${video.id}/${moment.id}`} moment={moment} onEnd={() => go(1)} />
        <div role="status" className={styles.text}>
          <h3>{title}</h3>
          <p className={styles.facts}>
            {t("moments.progress", { done: index + 1, total })} · {video.title} · {formatTime(start)}–
            {formatTime(end)}
            {hasEnded && ` · ${t("moments.endOfTheList")}`}
          </p>
        </div>
        <LinkButton
          size="s"
          variant="ghost"
          icon={<ExternalLink aria-hidden />}
          href={`${watchPath(video.id)}#t=${Number(start.toFixed(2))},${Number(end.toFixed(2))}`}
        >
          {t("moments.openTheVideo")}
        </LinkButton>
      </div>
    </Dialog>
  );
}

/** Plays one moment from the file that browsers can play, once that is known. */
function Player({ moment, onEnd }: { moment: LibraryMoment; onEnd: () => void }) {
  const { video, start_time: start, end_time: end } = moment;
  const details = useQuery(videoQuery(video.id));
  const playback = details.data?.playback;
  if (details.isPending) return <div className={styles.screen} aria-busy />;
  const url = playback?.state === "ready" ? playback.url : streamUrl(video.id);
  return <MomentVideo url={url} label={moment.title} start={start} end={end} onEnd={onEnd} />;
}

interface StepsProps {
  index: number;
  count: number;
  onStep: (step: 1 | -1) => void;
}

function Steps({ index, count, onStep }: StepsProps) {
  return (
    <>
      <Button
        icon={<ChevronLeft aria-hidden />}
        isDisabled={index === 0}
        aria-keyshortcuts="P"
        onPress={() => onStep(-1)}
      >
        {t("moments.previous")}
      </Button>
      <Button
        variant="primary"
        icon={<ChevronRight aria-hidden />}
        isDisabled={index + 1 >= count}
        aria-keyshortcuts="N"
        onPress={() => onStep(1)}
      >
        {t("moments.next")}
      </Button>
    </>
  );
}

/** N and P go to the next and previous moment, as in the player. */
function useStepKeys(onStep: (step: 1 | -1) => void): void {
  const handleKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const step = STEPS[event.key.toLowerCase()];
    if (step === undefined) return;
    event.preventDefault();
    onStep(step);
  });
  useEffect(() => listen(document, { keydown: (event) => handleKey(event) }, true), []);
}

const STEPS: Readonly<Record<string, 1 | -1>> = { n: 1, p: -1 };

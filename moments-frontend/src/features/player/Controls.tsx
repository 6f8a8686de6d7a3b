import { BookmarkPlus, Captions, CaptionsOff, Keyboard, Link2 } from "lucide-react";
import {
  MediaFullscreenButton,
  MediaMuteButton,
  MediaPipButton,
  MediaPlayButton,
  MediaSeekBackwardButton,
  MediaSeekForwardButton,
  MediaVolumeRange,
} from "media-chrome/react";
import type { Storyboard } from "@/api/storyboard";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { CaptionMenu } from "./CaptionMenu";
import { areCaptionsShown } from "./captions";
import type { Marker, Section } from "./markers";
import { PointsBar } from "./PointsBar";
import { SeekBar } from "./SeekBar";
import { SpeedMenu } from "./SpeedMenu";
import styles from "./VideoPlayer.module.css";

interface ControlsProps {
  chapters: readonly Section[];
  moments: readonly Marker[];
  storyboard: Storyboard | null;
  hasCaptions: boolean;
  onCaptions: () => void;
  onCopyLink: () => void;
  onHelp: () => void;
  /** Keeps the controls visible while a menu is open. */
  onMenuChange: (isOpen: boolean) => void;
  /** Adds a moment for the in and out points; null if that is not possible. */
  onCreateMoment: (() => void) | null;
}

/** Control bar over the lower edge of the video. */
export function Controls({
  chapters,
  moments,
  storyboard,
  hasCaptions,
  onCaptions,
  onCopyLink,
  onHelp,
  onMenuChange,
  onCreateMoment,
}: ControlsProps) {
  const isCaptioned = usePlayerValue(({ video }) => video !== null && areCaptionsShown(video));
  return (
    <div className={styles.bottom}>
      {onCreateMoment && <PointsBar onCreate={onCreateMoment} />}
      <SeekBar chapters={chapters} moments={moments} storyboard={storyboard} />
      <div className={styles.controls}>
        <MediaPlayButton className={styles.chrome} />
        <MediaSeekBackwardButton seekOffset={10} className={cx(styles.chrome, styles.wide)} />
        <MediaSeekForwardButton seekOffset={10} className={cx(styles.chrome, styles.wide)} />
        <div className={styles.volume}>
          <MediaMuteButton className={styles.chrome} />
          <MediaVolumeRange className={cx(styles.volumeRange, styles.wide)} />
        </div>
        <TimeDisplay />
        <span className={styles.gap} />
        {hasCaptions && (
          <IconButton
            label={t("player.captions")}
            shortcut="C"
            aria-pressed={isCaptioned}
            className={styles.control}
            icon={isCaptioned ? <Captions /> : <CaptionsOff />}
            onPress={onCaptions}
          />
        )}
        {hasCaptions && isCaptioned && <CaptionMenu onOpenChange={onMenuChange} />}
        {onCreateMoment && <NewMomentButton />}
        <SpeedMenu onOpenChange={onMenuChange} />
        <IconButton
          label={t("player.copyLinkAtTime")}
          className={cx(styles.control, styles.wide)}
          icon={<Link2 />}
          onPress={onCopyLink}
        />
        <IconButton
          label={t("app.shortcuts")}
          shortcut="?"
          className={cx(styles.control, styles.wide)}
          icon={<Keyboard />}
          onPress={onHelp}
        />
        <MediaPipButton className={cx(styles.chrome, styles.wide)} />
        <MediaFullscreenButton className={styles.chrome} />
      </div>
    </div>
  );
}

/** Length of a new moment before its points are moved. */
const NEW_SECONDS = 30;

/** Sets both points from the current position, for those without a keyboard. */
function NewMomentButton() {
  const player = usePlayer();
  function start() {
    const { time, duration } = player;
    const end = Math.min(time + NEW_SECONDS, duration ?? time + NEW_SECONDS);
    player.setPoints({ in: Math.min(time, Math.max(0, end - 1)), out: end });
  }
  return (
    <IconButton
      label={t("player.newMomentFromHere")}
      shortcut="I, O"
      className={styles.control}
      icon={<BookmarkPlus />}
      onPress={start}
    />
  );
}

function TimeDisplay() {
  const seconds = usePlayerValue(({ time }) => Math.floor(time));
  const duration = usePlayerValue((of) => of.duration);
  return (
    <span className={styles.time}>
      {formatTime(seconds)} / {formatTime(duration)}
    </span>
  );
}

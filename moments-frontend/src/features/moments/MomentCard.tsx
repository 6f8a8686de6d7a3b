import {
  Bookmark,
  ChevronRight,
  Download,
  Ellipsis,
  Link2,
  MoveHorizontal,
  Pause,
  Pencil,
  Play,
  Trash2,
} from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Disclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import { clipDownloadUrl, type MomentUpdate } from "@/api/moments";
import type { Clip, RunState, VideoDetail } from "@/api/schema";
import { formatTime } from "@/lib/format";
import { isPlayingRange, type Player, usePlayer, usePlayerValue } from "@/lib/player";
import { watchPath } from "@/lib/routes";
import { Badge } from "@/ui/Badge";
import { IconButton, IconLink } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import { Menu, MenuItem } from "@/ui/Menu";
import { toastError } from "@/ui/Toasts";
import { ClipStatus } from "./ClipStatus";
import styles from "./Moment.module.css";
import type { ShownMoment } from "./merge-refined";
import { Score } from "./Score";
import { StarRating } from "./StarRating";
import { TitleField } from "./TitleField";
import { TrimEditor } from "./TrimEditor";
import { formatPreciseDuration } from "./trim";
import { useUpdateMoment } from "./use-moment-mutations";

/** Model of the moments that the user added. */
const BY_USER = "user";

export interface MomentCardProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Undefined if no clip exists, null while loading. */
  clip: Clip | undefined | null;
  run: RunState | null | undefined;
  isEditing: boolean;
  onEdit: () => void;
  /** Called when the editor closes, with the possibly new id of the moment. */
  onEdited: (id: string) => void;
  onDelete: () => void;
}

/** A moment with its title, times, quote, reason and actions. */
export function MomentCard(props: MomentCardProps) {
  const { video, moment, clip, run, isEditing, onEdit, onEdited, onDelete } = props;
  const isActive = usePlayerValue((player) => isCurrent(player, moment));
  const card = useRef<HTMLLIElement>(null);
  const [isRenaming, setRenaming] = useState(false);
  useEffect(() => {
    if (isActive && card.current) scrollIntoList(card.current);
  }, [isActive]);
  function finishRename() {
    setRenaming(false);
    card.current?.querySelector<HTMLElement>("[data-part=more]")?.focus();
  }
  return (
    <li
      ref={card}
      data-moment={moment.id}
      aria-current={isActive || undefined}
      className={cx(styles.card, isActive && styles.active)}
    >
      <div className={styles.head}>
        <PlayButton moment={moment} />
        <div className={styles.names}>
          {isRenaming ? (
            <TitleField videoId={video.id} momentId={moment.id} title={moment.title} onDone={finishRename} />
          ) : (
            <h3 className={styles.title}>{moment.title}</h3>
          )}
          <Facts moment={moment} />
        </div>
        {moment.model !== BY_USER && <Score score={moment.score} model={moment.model} />}
      </div>
      {isEditing ? (
        <TrimEditor video={video} moment={moment} onDone={onEdited} />
      ) : (
        <>
          {moment.quote && (
            <blockquote className={styles.quote}>
              <p>{moment.quote}</p>
            </blockquote>
          )}
          {moment.reason && <Reason reason={moment.reason} />}
          <Actions
            video={video}
            moment={moment}
            clip={clip}
            onEdit={onEdit}
            onRename={() => setRenaming(true)}
            onDelete={onDelete}
          />
          {clip === undefined && <ClipStatus videoId={video.id} run={run} />}
        </>
      )}
    </li>
  );
}

function Facts({ moment }: { moment: ShownMoment }) {
  return (
    <p className={styles.facts}>
      <span className="tabular">
        {formatTime(moment.start_time)}–{formatTime(moment.end_time)}
      </span>
      <span className="tabular">{formatPreciseDuration(moment.end_time - moment.start_time)}</span>
      {moment.is_kept && (
        <Badge tone="accent" icon={<Bookmark aria-hidden />}>
          Kept
        </Badge>
      )}
      {moment.is_edited && (
        <Badge icon={<Pencil aria-hidden />}>{moment.model === BY_USER ? "Added by you" : "Edited"}</Badge>
      )}
    </p>
  );
}

/** Report whether the moment is playing, or contains the current time if no range is played. */
function isCurrent({ range, time, isPaused }: Player, moment: ShownMoment): boolean {
  if (range) return isPlayingRange(moment, range.start, range.end);
  return (time > 0 || !isPaused) && moment.start_time <= time && time < moment.end_time;
}

/** Scroll the card into view unless the user interacts with the list. */
function scrollIntoList(card: HTMLElement): void {
  const scroller = card.closest<HTMLElement>("[data-scrolls]");
  if (!scroller || scroller.matches(":hover, :focus-within")) return;
  const [inner, outer] = [card.getBoundingClientRect(), scroller.getBoundingClientRect()];
  if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  scroller.scrollBy({ top: inner.top - outer.top - 12, behavior });
}

function PlayButton({ moment }: { moment: ShownMoment }) {
  const player = usePlayer();
  const isSelected = usePlayerValue(
    ({ range }) => range !== null && isPlayingRange(moment, range.start, range.end),
  );
  const isPlaying = usePlayerValue(({ isPaused }) => !isPaused) && isSelected;
  function press() {
    if (isPlaying) player.video?.pause();
    else if (isSelected) player.video?.play().catch(() => undefined);
    else player.playRange({ start: moment.start_time, end: moment.end_time });
  }
  return (
    <IconButton
      data-part="play"
      label={isPlaying ? "Pause" : `Play ${moment.title}`}
      variant={isSelected ? "primary" : "secondary"}
      className={styles.play ?? ""}
      icon={isPlaying ? <Pause /> : <Play />}
      onPress={press}
    />
  );
}

function Reason({ reason }: { reason: string }) {
  return (
    <Disclosure className={styles.why ?? ""}>
      <AriaButton slot="trigger" className={styles.whyButton ?? ""}>
        <ChevronRight aria-hidden />
        Why this moment?
      </AriaButton>
      <DisclosurePanel className={styles.whyText ?? ""}>
        <p>{reason}</p>
      </DisclosurePanel>
    </Disclosure>
  );
}

interface ActionsProps extends Pick<MomentCardProps, "video" | "moment" | "clip" | "onEdit" | "onDelete"> {
  onRename: () => void;
}

function Actions({ video, moment, clip, onEdit, onRename, onDelete }: ActionsProps) {
  const change = useUpdateMoment(video.id);
  const update = (changes: MomentUpdate, failed: string) =>
    change.mutate({ id: moment.id, change: changes }, { onError: (error) => toastError(failed, error) });
  function copyLink() {
    const [start, end] = [moment.start_time, moment.end_time].map((seconds) => Number(seconds.toFixed(2)));
    void copyText(`${location.origin}${watchPath(video.id)}#t=${start},${end}`, "Link copied");
  }
  return (
    <div className={styles.actions}>
      <StarRating
        title={moment.title}
        rating={moment.rating}
        onRate={(rating) => update({ rating }, "Could not save the rating")}
      />
      <div className={styles.buttons}>
        <IconButton
          label="Keep"
          size="s"
          aria-pressed={moment.is_kept}
          className={cx(moment.is_kept && styles.kept)}
          icon={<Bookmark />}
          onPress={() => update({ is_kept: !moment.is_kept }, "Could not save")}
        />
        <IconButton data-part="edit" label="Trim" size="s" icon={<MoveHorizontal />} onPress={onEdit} />
        {clip && (
          <IconLink
            label="Download clip"
            size="s"
            icon={<Download />}
            href={clipDownloadUrl(video.id, moment.clipId)}
            download={clip.filename}
          />
        )}
        <Menu
          label={`More actions for ${moment.title}`}
          trigger={<IconButton data-part="more" label="More" size="s" icon={<Ellipsis />} />}
        >
          <MenuItem icon={<Link2 />} onAction={copyLink}>
            Copy link
          </MenuItem>
          <MenuItem icon={<Pencil />} onAction={onRename}>
            Rename
          </MenuItem>
          <MenuItem icon={<Trash2 />} isDanger onAction={onDelete}>
            Delete
          </MenuItem>
        </Menu>
      </div>
    </div>
  );
}

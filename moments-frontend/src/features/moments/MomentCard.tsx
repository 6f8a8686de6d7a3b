import { Bookmark, ChevronRight, Pause, Pencil, Play } from "lucide-react";
import { type MouseEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Disclosure, DisclosurePanel } from "react-aria-components/Disclosure";
import type { Clip, RunState, VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { formatPreciseDuration, formatTime, sentence } from "@/lib/format";
import { isPlayingRange, type Player, usePlayer, usePlayerValue } from "@/lib/player";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { ClipStatus } from "./ClipStatus";
import styles from "./Moment.module.css";
import { MomentActions } from "./MomentActions";
import type { ShownMoment } from "./merge-refined";
import { Score } from "./Score";
import { explanationOf } from "./score-details";
import { TitleField } from "./TitleField";
import { TrimEditor } from "./TrimEditor";

/** Model of the moments that the user added. */
const BY_USER = "user";

export interface MomentCardProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Undefined if no clip exists, null while loading. */
  clip: Clip | undefined | null;
  run: RunState | null | undefined;
  isEditing: boolean;
  /** Null outside the selection mode. */
  isSelected: boolean | null;
  onSelect: (isRange: boolean) => void;
  onEdit: () => void;
  /** Called when the editor closes, with the possibly new id of the moment. */
  onEdited: (id: string) => void;
  onDelete: () => void;
  /** Merges the moment with the one after it; null for the last one. */
  onMerge: (() => void) | null;
  /** Buttons of other features. */
  actions: ReactNode;
}

/** A moment with its title, times, quote, reason and actions. */
export function MomentCard(props: MomentCardProps) {
  const { video, moment, isEditing, isSelected, onEdited } = props;
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
      className={cx(styles.card, isActive && styles.active, isSelected && styles.selected)}
    >
      <div className={styles.head}>
        {isSelected === null ? <PlayButton moment={moment} /> : <SelectBox {...props} />}
        <div className={styles.names}>
          {isRenaming ? (
            <TitleField videoId={video.id} momentId={moment.id} title={moment.title} onDone={finishRename} />
          ) : (
            <h3 className={styles.title}>{moment.title}</h3>
          )}
          <Facts moment={moment} />
        </div>
        {moment.model !== BY_USER && (
          <Score score={moment.score} model={moment.model} scores={explanationOf(moment).scores} />
        )}
      </div>
      {isEditing ? (
        <TrimEditor video={video} moment={moment} onDone={onEdited} />
      ) : (
        isSelected === null && <Body {...props} onRename={() => setRenaming(true)} />
      )}
    </li>
  );
}

/** Quote, reason and actions. */
function Body({ moment, clip, run, actions, ...props }: MomentCardProps & { onRename: () => void }) {
  const { reason } = explanationOf(moment);
  return (
    <>
      {moment.quote && (
        <blockquote className={styles.quote}>
          <p>{moment.quote}</p>
        </blockquote>
      )}
      {reason && <Reason reason={reason} />}
      <MomentActions moment={moment} clip={clip} {...props}>
        {actions}
      </MomentActions>
      {clip === undefined && <ClipStatus videoId={props.video.id} run={run} />}
    </>
  );
}

type SelectBoxProps = Pick<MomentCardProps, "moment" | "isSelected" | "onSelect">;

/** Selects the moment; Shift extends the selection to it. */
function SelectBox({ moment, isSelected, onSelect }: SelectBoxProps) {
  const isShift = useRef(false);
  return (
    <input
      type="checkbox"
      className={styles.checkbox}
      aria-label={t("moments.selectTitle", { title: moment.title })}
      checked={isSelected ?? false}
      onClick={(event: MouseEvent) => {
        isShift.current = event.shiftKey;
      }}
      onChange={() => onSelect(isShift.current)}
    />
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
          {t("moments.kept")}
        </Badge>
      )}
      {moment.is_edited && (
        <Badge icon={<Pencil aria-hidden />}>
          {moment.model === BY_USER ? t("moments.addedByYou") : t("moments.edited")}
        </Badge>
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
      label={isPlaying ? t("common.pause") : t("moments.playTitle", { title: moment.title })}
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
        {t("moments.whyThisMoment")}{" "}
      </AriaButton>
      <DisclosurePanel className={styles.whyText ?? ""}>
        <p>{sentence(reason)}</p>
      </DisclosurePanel>
    </Disclosure>
  );
}

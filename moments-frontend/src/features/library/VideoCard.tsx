import { type ChangeEvent, memo, type ReactNode } from "react";
import { Link } from "wouter";
import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import { formatAgo, formatDate, formatDuration, formatResolution, formatTime } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { cardFacts } from "./card-text";
import { Picture, PicturePlaceholder } from "./Picture";
import styles from "./VideoCard.module.css";

const HOVER_MS = 80;
/** Tags on a card; the rest is counted. */
const MAX_TAGS = 2;
let hoverTimer: ReturnType<typeof setTimeout> | undefined;

interface VideoCardProps {
  video: VideoSummary;
  index: number;
  total: number;
  onMenu: (video: VideoSummary, button: HTMLElement) => void;
  /** Marks or unmarks the video as a favourite. */
  onFavorite: (video: VideoSummary) => void;
  /** Called when the pointer or the focus rests on the card. */
  onHover: (videoId: string) => void;
  /** Null outside the selection mode, where the card is a link. */
  isSelected: boolean | null;
  /** `isRange`: together with all cards since the last pressed one. */
  onSelect: (video: VideoSummary, isRange: boolean) => void;
}

/** A video in the grid. Uses few elements, because there are many cards. */
export const VideoCard = memo(function VideoCard(props: VideoCardProps) {
  const { video, index, total, onHover, isSelected, onSelect } = props;
  const { recorded_at: recordedAt } = video;
  const date = recordedAt === null ? formatAgo(video.created_at) : formatDate(recordedAt);
  const facts = cardFacts(video, date);
  const startHover = () => {
    clearTimeout(hoverTimer);
    hoverTimer = setTimeout(() => onHover(video.id), HOVER_MS);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: list items are inside rows, and only the visible ones exist
    <div
      className={styles.item}
      role="listitem"
      aria-setsize={total}
      aria-posinset={index + 1}
      data-index={index}
    >
      {isSelected === null ? (
        <Link
          to={watchPath(video.id)}
          className={styles.card}
          onPointerEnter={startHover}
          onFocus={startHover}
          onPointerLeave={() => clearTimeout(hoverTimer)}
        >
          <CardContent video={video} facts={facts} />
        </Link>
      ) : (
        <SelectableCard video={video} isSelected={isSelected} onSelect={onSelect}>
          <CardContent video={video} facts={facts} />
        </SelectableCard>
      )}
      {isSelected === null && <CardButtons {...props} />}
    </div>
  );
});

function CardButtons({ video, onMenu, onFavorite }: VideoCardProps) {
  return (
    <>
      <button
        type="button"
        className={styles.star}
        aria-pressed={video.is_favorite}
        aria-label={t("library.favoriteOf", { title: video.title })}
        onClick={() => onFavorite(video)}
      />
      <button
        type="button"
        className={styles.more}
        aria-haspopup="menu"
        aria-label={t("library.actionsFor", { title: video.title })}
        onClick={(event) => onMenu(video, event.currentTarget)}
      />
    </>
  );
}

function CardContent({ video, facts }: { video: VideoSummary; facts: string }) {
  // The title comes first in the name of the link; styles put the picture above it.
  return (
    <>
      <span className={styles.title} title={video.title}>
        {video.title}
      </span>
      <span className={styles.facts} title={facts}>
        {facts}
      </span>
      <Thumbnail video={video} />
    </>
  );
}

interface SelectableCardProps extends Pick<VideoCardProps, "video" | "onSelect"> {
  isSelected: boolean;
  children: ReactNode;
}

/** A card in the selection mode: a checkbox with the card as its label. */
function SelectableCard({ video, isSelected, onSelect, children }: SelectableCardProps) {
  const hasShift = ({ nativeEvent }: ChangeEvent) => (nativeEvent as MouseEvent).shiftKey === true;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys act on the checkbox inside
    <label
      className={styles.card}
      onClick={(event) => {
        // Browsers do not pass the Shift key on from the label to the checkbox.
        if (event.target instanceof HTMLInputElement) return;
        event.preventDefault();
        event.currentTarget.querySelector("input")?.focus();
        onSelect(video, event.shiftKey);
      }}
    >
      <input
        type="checkbox"
        className={styles.checkbox}
        aria-label={t("library.selectVideo", { title: video.title })}
        checked={isSelected}
        onChange={(event) => onSelect(video, hasShift(event))}
        onKeyDown={(event) => {
          if (event.key !== " " || !event.shiftKey) return;
          event.preventDefault();
          onSelect(video, true);
        }}
      />
      {children}
    </label>
  );
}

function Thumbnail({ video }: { video: VideoSummary }) {
  const { tags, duration_seconds: duration } = video;
  const resolution = formatResolution(video.resolution);
  return (
    <Picture video={video} className={styles.picture}>
      {tags.length > 0 && (
        <span className={styles.tags} title={tags.join(", ")}>
          {tags.slice(0, MAX_TAGS).map((tag) => (
            <span key={tag}>{tag}</span>
          ))}
          {tags.length > MAX_TAGS && <span className={styles.moreTags}>+{tags.length - MAX_TAGS}</span>}
        </span>
      )}
      {resolution && <span className={styles.resolution}>{resolution}</span>}
      {duration != null && (
        <span className={styles.duration} title={formatDuration(duration)}>
          {formatTime(duration)}
        </span>
      )}
    </Picture>
  );
}

/** Takes the space of a card whose video is being loaded. */
export function CardPlaceholder() {
  return (
    <div aria-hidden>
      <PicturePlaceholder />
    </div>
  );
}

import { Bookmark, Pencil, Play } from "lucide-react";
import { type ReactNode, useRef } from "react";
import { Link } from "wouter";
import type { LibraryMoment } from "@/api/moments";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { Badge } from "@/ui/Badge";
import { IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Score } from "../Score";
import { StarRating } from "../StarRating";
import { explanationOf } from "../score-details";
import { MomentPicture } from "./MomentPicture";
import styles from "./MomentRow.module.css";
import { useUpdateLibraryMoment } from "./use-library-moments";

/** Model of the moments that the user added. */
const BY_USER = "user";

interface MomentRowProps {
  moment: LibraryMoment;
  /** Null outside the selection mode. */
  isSelected: boolean | null;
  onSelect: (isRange: boolean) => void;
  onPlay: () => void;
  /** Buttons of other features. */
  actions: ReactNode;
}

/** A moment with its picture, video, score and actions. */
export function MomentRow(props: MomentRowProps) {
  const { moment, isSelected, onPlay } = props;
  const { title, video, start_time: start, end_time: end } = moment;
  return (
    <article className={cx(styles.row, isSelected && styles.selected)} aria-label={title}>
      <div className={styles.side}>
        <MomentPicture moment={moment} />
        {isSelected === null ? (
          <IconButton
            label={t("moments.playTitle", { title })}
            variant="secondary"
            className={styles.play ?? ""}
            icon={<Play />}
            onPress={onPlay}
          />
        ) : (
          <SelectBox {...props} />
        )}
      </div>
      <div className={styles.text}>
        <h2 className={styles.title}>
          <Link to={`${watchPath(video.id)}#t=${Number(start.toFixed(2))},${Number(end.toFixed(2))}`}>
            {title}
          </Link>
        </h2>
        <p className={styles.facts}>
          <Link to={watchPath(video.id)} className={styles.video ?? ""}>
            {video.title}
          </Link>
          <span className="tabular">
            {formatTime(start)}–{formatTime(end)}
          </span>
          <Marks moment={moment} />
        </p>
        {isSelected === null && <Actions {...props} />}
      </div>
      {moment.model !== BY_USER && (
        <Score score={moment.score} model={moment.model} scores={explanationOf(moment).scores} />
      )}
    </article>
  );
}

function Marks({ moment }: { moment: LibraryMoment }) {
  return (
    <>
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
    </>
  );
}

function Actions({ moment, actions }: Pick<MomentRowProps, "moment" | "actions">) {
  const update = useUpdateLibraryMoment(moment);
  return (
    <div className={styles.actions}>
      <StarRating
        title={moment.title}
        rating={moment.rating}
        onRate={(rating) => update.mutate({ rating })}
      />
      <IconButton
        label={t("moments.keep")}
        size="s"
        aria-pressed={moment.is_kept}
        className={cx(moment.is_kept && styles.kept)}
        icon={<Bookmark />}
        onPress={() => update.mutate({ is_kept: !moment.is_kept })}
      />
      {actions}
    </div>
  );
}

/** Selects the moment; Shift extends the selection to it. */
function SelectBox({ moment, isSelected, onSelect }: MomentRowProps) {
  const isShift = useRef(false);
  return (
    <input
      type="checkbox"
      className={styles.checkbox}
      aria-label={t("moments.selectTitle", { title: moment.title })}
      checked={isSelected ?? false}
      onClick={(event) => {
        isShift.current = event.shiftKey;
      }}
      onChange={() => onSelect(isShift.current)}
    />
  );
}

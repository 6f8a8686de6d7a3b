import { RotateCcw, Trash2 } from "lucide-react";
import type { TrashedVideo } from "@/api/schema";
import { t } from "@/i18n";
import { formatAgo, formatBytes, formatExactDate, formatTime } from "@/lib/format";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import styles from "./Trash.module.css";

/** Days before the final deletion from which the row warns. */
const SOON_DAYS = 3;

interface TrashRowProps {
  video: TrashedVideo;
  isSelected: boolean;
  onSelect: (isRange: boolean) => void;
  onRestore: () => void;
  onDelete: () => void;
}

/** A deleted video: how long it can be restored, and its actions. */
export function TrashRow({ video, isSelected, onSelect, onRestore, onDelete }: TrashRowProps) {
  const { title, duration_seconds: duration, size_bytes: size, deleted_at: deletedAt } = video;
  const facts = [
    duration === null ? null : formatTime(duration),
    size === null ? null : formatBytes(size),
    t("trash.deletedAt", { date: formatAgo(deletedAt) }),
    video.is_local ? t("trash.hasLocalFile") : null,
  ];
  return (
    <li className={styles.row}>
      <input
        type="checkbox"
        className={styles.checkbox}
        aria-label={t("trash.select", { title })}
        checked={isSelected}
        onChange={({ nativeEvent }) => onSelect((nativeEvent as MouseEvent).shiftKey === true)}
      />
      <span className={styles.picture}>
        <img
          src={video.thumbnail_url}
          alt=""
          width="320"
          height="180"
          loading="lazy"
          decoding="async"
          onError={({ currentTarget }) => {
            currentTarget.hidden = true;
          }}
        />
      </span>
      <div className={styles.text}>
        <h2 className={styles.title}>{title}</h2>
        <p className={styles.facts} title={formatExactDate(deletedAt)}>
          {facts.filter(Boolean).join(" · ")}
        </p>
        <Badge tone={video.days_left <= SOON_DAYS ? "warn" : "neutral"}>
          {t("trash.daysLeft", { count: video.days_left })}
        </Badge>
      </div>
      <div className={styles.actions}>
        <Button
          icon={<RotateCcw aria-hidden />}
          aria-label={t("trash.restoreTitle", { title })}
          onPress={onRestore}
        >
          {t("trash.restore")}
        </Button>
        <Button
          variant="danger"
          icon={<Trash2 aria-hidden />}
          aria-label={t("trash.deleteTitle", { title })}
          onPress={onDelete}
        >
          {t("trash.deleteForever")}
        </Button>
      </div>
    </li>
  );
}

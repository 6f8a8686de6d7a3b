import { Merge, X } from "lucide-react";
import { useState } from "react";
import { Radio, RadioGroup } from "react-aria-components/RadioGroup";
import type { DuplicateVideo, DuplicateGroup as Group } from "@/api/schema";
import { t } from "@/i18n";
import { formatBytes, formatDate, formatDuration, formatExactDate, formatResolution } from "@/lib/format";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import styles from "./Duplicates.module.css";

interface DuplicateGroupProps {
  group: Group;
  isPending: boolean;
  onMerge: (keep: DuplicateVideo, remove: readonly DuplicateVideo[]) => void;
  onDismiss: () => void;
}

/** Videos that are the same or look alike, side by side; one of them is kept. */
export function DuplicateGroup({ group, isPending, onMerge, onDismiss }: DuplicateGroupProps) {
  const { videos } = group;
  const [chosen, setChosen] = useState(group.keep);
  const keep = videos.find(({ id }) => id === chosen) ?? videos[0];
  if (!keep) return null;
  const others = videos.filter(({ id }) => id !== keep.id);
  return (
    <li className={styles.group}>
      <div className={styles.heading}>
        <h2>{keep.title}</h2>
        <Badge tone={group.kind === "same" ? "good" : "neutral"}>
          {t(group.kind === "same" ? "duplicates.identical" : "duplicates.similar")}
        </Badge>
      </div>
      <RadioGroup
        aria-label={t("duplicates.choose")}
        className={styles.videos ?? ""}
        value={keep.id}
        onChange={setChosen}
      >
        {videos.map((video) => (
          <Radio key={video.id} value={video.id} className={styles.video ?? ""}>
            {({ isSelected }) => <Candidate video={video} isKept={isSelected} />}
          </Radio>
        ))}
      </RadioGroup>
      <div className={styles.actions}>
        <Button
          variant="primary"
          icon={<Merge aria-hidden />}
          isPending={isPending}
          onPress={() => onMerge(keep, others)}
        >
          {t("duplicates.merge", { count: others.length })}
        </Button>
        <Button icon={<X aria-hidden />} isDisabled={isPending} onPress={onDismiss}>
          {t("duplicates.dismiss")}
        </Button>
      </div>
    </li>
  );
}

function Candidate({ video, isKept }: { video: DuplicateVideo; isKept: boolean }) {
  const facts = [
    video.duration_seconds === null ? null : formatDuration(video.duration_seconds),
    formatResolution(video.resolution),
    video.size_bytes === null ? null : formatBytes(video.size_bytes),
    t("duplicates.moments", { count: video.moments }),
  ];
  const date = video.recorded_at ?? null;
  return (
    <>
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
        <span className={styles.choice}>{t(isKept ? "duplicates.keep" : "duplicates.remove")}</span>
      </span>
      <span className={styles.title}>{video.title}</span>
      <span className={styles.facts}>{facts.filter(Boolean).join(" · ")}</span>
      <span className={styles.facts} title={formatExactDate(video.created_at)}>
        {date === null
          ? t("duplicates.added", { date: formatDate(video.created_at) })
          : t("duplicates.recorded", { date: formatDate(date) })}
      </span>
      {video.tags.length > 0 && (
        <span className={styles.facts}>{t("duplicates.tags", { tags: video.tags.join(", ") })}</span>
      )}
      <span className={styles.path}>
        {video.folder === "" ? video.filename : `${video.folder}/${video.filename}`}
      </span>
    </>
  );
}

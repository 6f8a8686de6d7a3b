import { HardDrive, Plus } from "lucide-react";
import { Link } from "wouter";
import type { VideoDetail } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { codecLabel } from "@/lib/codecs";
import {
  formatAgo,
  formatBytes,
  formatDate,
  formatDateTime,
  formatExactDate,
  formatNumber,
  formatResolution,
  formatTime,
} from "@/lib/format";
import { languageLabel } from "@/lib/languages";
import { filteredPath } from "@/lib/routes";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { StorageFact } from "./StorageFact";
import styles from "./VideoHeader.module.css";

interface Fact {
  name: TextKey;
  value: string | null;
  /** Tooltip. */
  detail?: string | undefined;
}

/** The properties of a video in one line, with links to videos that share them. */
export function Facts({ video }: { video: VideoDetail }) {
  return (
    <dl className={styles.facts}>
      {video.channel && <FilterLink name="channel" label="video.channel" value={video.channel} />}
      {factsOf(video).map(
        ({ name, value, detail }) =>
          value !== null && (
            <div key={name}>
              <dt className="visually-hidden">{t(name)}</dt>
              <dd title={detail}>{value}</dd>
            </div>
          ),
      )}
      {video.folder && <FilterLink name="folder" label="video.folder" value={video.folder} />}
      {video.source_url && (
        <div>
          <dt className="visually-hidden">{t("video.source")}</dt>
          <dd>
            <Source url={video.source_url} />
          </dd>
        </div>
      )}
      <StorageFact video={video} />
    </dl>
  );
}

function factsOf(video: VideoDetail): Fact[] {
  const { frame_rate: rate, recorded_at: recordedAt, duration_seconds: duration } = video;
  const size = video.size_bytes ?? (video.file_size_kb === null ? null : video.file_size_kb * 1024);
  const codecs = [codecLabel(video.video_codec), codecLabel(video.audio_codec)].filter(Boolean).join(" · ");
  return [
    { name: "video.length", value: duration === null ? null : formatTime(duration) },
    {
      name: "video.resolution",
      value: formatResolution(video.resolution),
      detail: video.resolution ?? undefined,
    },
    { name: "video.codecs", value: codecs || null },
    {
      name: "video.frameRate",
      value: rate === null ? null : t("video.fps", { rate: formatNumber(rate, 2) }),
    },
    {
      name: "video.language",
      value: languageLabel(video.language),
      detail: t("video.spokenLanguage"),
    },
    { name: "video.size", value: size === null ? null : formatBytes(size) },
    {
      name: "video.recorded",
      value: recordedAt === null ? null : t("video.recordedOn", { date: formatDate(recordedAt) }),
      detail: recordedAt === null ? undefined : formatDateTime(recordedAt),
    },
    {
      name: "video.added",
      value: t("video.addedOn", { date: formatAgo(video.created_at) }),
      detail: formatExactDate(video.created_at),
    },
  ];
}

/** The tags of a video as links to the videos that have them. */
export function TagList({ tags, onEdit }: { tags: readonly string[]; onEdit: () => void }) {
  return (
    <div className={styles.tags}>
      {tags.length > 0 && (
        <ul aria-label={t("video.tags")} className={styles.tagList}>
          {tags.map((tag) => (
            <li key={tag}>
              <Link to={filteredPath("tag", tag)} className={styles.tag}>
                {tag}
              </Link>
            </li>
          ))}
        </ul>
      )}
      <Button size="s" variant="ghost" icon={<Plus aria-hidden />} onPress={onEdit}>
        {t(tags.length > 0 ? "video.editTags" : "video.addTags")}
      </Button>
    </div>
  );
}

interface FilterLinkProps {
  name: "channel" | "folder";
  label: TextKey;
  value: string;
}

/** A property that leads to the videos that share it. */
function FilterLink({ name, label, value }: FilterLinkProps) {
  return (
    <div>
      <dt className="visually-hidden">{t(label)}</dt>
      <dd className={styles.shared}>
        <Link to={filteredPath(name, value)} title={t("video.showAll", { name: t(label), value })}>
          {value}
        </Link>
      </dd>
    </div>
  );
}

/** The source URL, as a link if browsers can open it. */
function Source({ url }: { url: string }) {
  if (!/^https?:/.test(url)) return <span title={url}>{url}</span>;
  return (
    <a href={url} title={url} target="_blank" rel="noreferrer">
      {new URL(url).hostname}
    </a>
  );
}

export function Unlisted() {
  return (
    <p className={styles.unlisted}>
      <Badge tone="warn" icon={<HardDrive aria-hidden />}>
        {t("video.notInLibrary")}
      </Badge>
      {t("video.notInLibraryHelp")}
    </p>
  );
}

import {
  Captions,
  Cloud,
  Download,
  Ellipsis,
  HardDrive,
  Image,
  ImageUp,
  Languages,
  Link2,
  Pencil,
  RotateCcw,
  Trash2,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { navigate } from "wouter/use-browser-location";
import type { VideoDetail } from "@/api/schema";
import { downloadUrl } from "@/api/videos";
import { codecLabel } from "@/lib/codecs";
import {
  formatAgo,
  formatBytes,
  formatDate,
  formatDateTime,
  formatExactDate,
  formatResolution,
  formatTime,
} from "@/lib/format";
import { languageLabel } from "@/lib/languages";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { filteredPath, watchPath } from "@/lib/routes";
import { Badge } from "@/ui/Badge";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { Menu, MenuItem } from "@/ui/Menu";
import { DeleteDialog } from "./DeleteDialog";
import { Description } from "./Description";
import { LanguageDialog } from "./LanguageDialog";
import { RenameDialog } from "./RenameDialog";
import { restoreThumbnail, setFrameAsThumbnail, uploadThumbnail } from "./thumbnail-actions";
import { transcribe } from "./transcribe";
import styles from "./VideoHeader.module.css";

interface VideoHeaderProps {
  video: VideoDetail;
  isListed: boolean;
  /** Buttons of other features. */
  children?: ReactNode;
}

/** A video's title, properties and actions. */
export function VideoHeader({ video, isListed, children }: VideoHeaderProps) {
  const [open, setOpen] = useState<"rename" | "delete" | "language" | null>(null);
  const close = () => setOpen(null);
  const player = usePlayer();
  const hasFrame = usePlayerValue(({ video: element }) => (element?.readyState ?? 0) > 0);
  return (
    <header className={styles.head}>
      <div className={styles.row}>
        <h1 className={styles.title}>{video.title}</h1>
        <div className={styles.actions}>
          <Button
            icon={<Link2 aria-hidden />}
            onPress={() => void copyText(location.origin + watchPath(video.id), "Link copied")}
          >
            Copy link
          </Button>
          <LinkButton icon={<Download aria-hidden />} href={downloadUrl(video.id)} download={video.filename}>
            Download
          </LinkButton>
          {children}
          {isListed && (
            <Menu label="More" trigger={<IconButton label="More" variant="secondary" icon={<Ellipsis />} />}>
              <MenuItem icon={<Pencil />} onAction={() => setOpen("rename")}>
                Rename
              </MenuItem>
              <MenuItem icon={<Captions />} onAction={() => void transcribe(video)}>
                {video.has_transcript ? "Transcribe again" : "Transcribe"}
              </MenuItem>
              <MenuItem icon={<Languages />} onAction={() => setOpen("language")}>
                Spoken language…
              </MenuItem>
              <MenuItem
                icon={<Image />}
                isDisabled={!hasFrame}
                onAction={() => void setFrameAsThumbnail(video.id, player.time)}
              >
                Use this frame as thumbnail
              </MenuItem>
              <MenuItem icon={<ImageUp />} onAction={() => void uploadThumbnail(video.id)}>
                Upload thumbnail…
              </MenuItem>
              <MenuItem icon={<RotateCcw />} onAction={() => void restoreThumbnail(video.id)}>
                Reset thumbnail
              </MenuItem>
              <MenuItem icon={<Trash2 />} isDanger onAction={() => setOpen("delete")}>
                Delete
              </MenuItem>
            </Menu>
          )}
        </div>
      </div>
      {isListed ? <Facts video={video} /> : <Unlisted />}
      {video.description && <Description text={video.description} duration={video.duration_seconds} />}
      {open === "rename" && <RenameDialog video={video} onClose={close} />}
      {open === "language" && <LanguageDialog video={video} onClose={close} />}
      {open === "delete" && <DeleteDialog video={video} onClose={close} onDeleted={() => navigate("/")} />}
    </header>
  );
}

function Facts({ video }: { video: VideoDetail }) {
  const { frame_rate: rate, recorded_at: recordedAt } = video;
  const size = video.size_bytes ?? (video.file_size_kb === null ? null : video.file_size_kb * 1024);
  const codecs = [codecLabel(video.video_codec), codecLabel(video.audio_codec)].filter(Boolean).join(" · ");
  const facts: [string, string | null, string?][] = [
    ["Length", video.duration_seconds === null ? null : formatTime(video.duration_seconds)],
    ["Resolution", formatResolution(video.resolution), video.resolution ?? undefined],
    ["Codecs", codecs || null],
    ["Frame rate", rate === null ? null : `${Number(rate.toFixed(2))} fps`],
    ["Language", languageLabel(video.language), "Spoken language"],
    ["Size", size === null ? null : formatBytes(size)],
    [
      "Recorded",
      recordedAt === null ? null : `Recorded ${formatDate(recordedAt)}`,
      recordedAt === null ? undefined : formatDateTime(recordedAt),
    ],
    ["Added", `Added ${formatAgo(video.created_at)}`, formatExactDate(video.created_at)],
  ];
  return (
    <dl className={styles.facts}>
      {video.channel && <FilterLink name="channel" label="Channel" value={video.channel} />}
      {facts.map(
        ([name, value, title]) =>
          value !== null && (
            <div key={name}>
              <dt className="visually-hidden">{name}</dt>
              <dd title={title}>{value}</dd>
            </div>
          ),
      )}
      {video.folder && <FilterLink name="folder" label="Folder" value={video.folder} />}
      {video.source_url && (
        <div>
          <dt className="visually-hidden">Source</dt>
          <dd>
            <Source url={video.source_url} />
          </dd>
        </div>
      )}
      <div>
        <dt className="visually-hidden">Storage</dt>
        <dd title={video.cloud_url}>
          <Badge tone="good" icon={<Cloud aria-hidden />}>
            In the cloud
          </Badge>
        </dd>
      </div>
    </dl>
  );
}

interface FilterLinkProps {
  name: "channel" | "folder";
  label: string;
  value: string;
}

/** A property that leads to the videos that share it. */
function FilterLink({ name, label, value }: FilterLinkProps) {
  return (
    <div>
      <dt className="visually-hidden">{label}</dt>
      <dd className={styles.shared}>
        <Link to={filteredPath(name, value)} title={`Show all videos: ${label.toLowerCase()} ${value}`}>
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

function Unlisted() {
  return (
    <p className={styles.unlisted}>
      <Badge tone="warn" icon={<HardDrive aria-hidden />}>
        Not in the library
      </Badge>
      This file is only in the server’s local folder. Find its moments to add it to the library.
    </p>
  );
}

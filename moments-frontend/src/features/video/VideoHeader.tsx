import { Cloud, Download, Ellipsis, HardDrive, Link2, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import type { VideoDetail } from "@/api/schema";
import { downloadUrl } from "@/api/videos";
import { codecLabel } from "@/lib/codecs";
import { formatAgo, formatBytes, formatExactDate, formatResolution, formatTime } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { Badge } from "@/ui/Badge";
import { Button, IconButton, LinkButton } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { Menu, MenuItem } from "@/ui/Menu";
import { DeleteDialog } from "./DeleteDialog";
import { RenameDialog } from "./RenameDialog";
import styles from "./VideoHeader.module.css";

/** A video's title, properties and actions. */
export function VideoHeader({ video, isListed }: { video: VideoDetail; isListed: boolean }) {
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const close = () => setOpen(null);
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
          {isListed && (
            <Menu label="More" trigger={<IconButton label="More" variant="secondary" icon={<Ellipsis />} />}>
              <MenuItem icon={<Pencil />} onAction={() => setOpen("rename")}>
                Rename
              </MenuItem>
              <MenuItem icon={<Trash2 />} isDanger onAction={() => setOpen("delete")}>
                Delete
              </MenuItem>
            </Menu>
          )}
        </div>
      </div>
      {isListed ? <Facts video={video} /> : <Unlisted />}
      {open === "rename" && <RenameDialog video={video} onClose={close} />}
      {open === "delete" && <DeleteDialog video={video} onClose={close} onDeleted={() => navigate("/")} />}
    </header>
  );
}

function Facts({ video }: { video: VideoDetail }) {
  const { frame_rate: rate, file_size_kb: size } = video;
  const codecs = [codecLabel(video.video_codec), codecLabel(video.audio_codec)].filter(Boolean).join(" · ");
  const facts: [string, string | null, string?][] = [
    ["Length", video.duration_seconds === null ? null : formatTime(video.duration_seconds)],
    ["Resolution", formatResolution(video.resolution), video.resolution ?? undefined],
    ["Codecs", codecs || null],
    ["Frame rate", rate === null ? null : `${Number(rate.toFixed(2))} fps`],
    ["Size", size === null ? null : formatBytes(size * 1024)],
    ["Added", `Added ${formatAgo(video.created_at)}`, formatExactDate(video.created_at)],
  ];
  return (
    <dl className={styles.facts}>
      {facts.map(
        ([name, value, title]) =>
          value !== null && (
            <div key={name}>
              <dt className="visually-hidden">{name}</dt>
              <dd title={title}>{value}</dd>
            </div>
          ),
      )}
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

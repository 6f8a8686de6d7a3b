import {
  Captions,
  CheckSquare,
  CloudDownload,
  Download,
  FilePlay,
  HardDrive,
  ImageUp,
  Pencil,
  RotateCcw,
  Share2,
  Sparkles,
  Tags,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { startRun } from "@/api/runs";
import type { VideoSummary } from "@/api/schema";
import { downloadUrl } from "@/api/videos";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { RUNS_PATH } from "@/lib/routes";
import { openShareDialog } from "@/lib/share-target";
import { MenuAt, MenuItem, MenuSection } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import { CopyLinkItem } from "./CopyLinkItem";
import { moveToTrash } from "./move-to-trash";
import { RenameDialog } from "./RenameDialog";
import { bringBack, freeSpace } from "./storage-actions";
import { TagsDialog } from "./TagsDialog";
import { restoreThumbnail, uploadThumbnail } from "./thumbnail-actions";
import { transcribe } from "./transcribe";

interface VideoMenuProps {
  video: VideoSummary;
  /** The button that opened the menu. */
  anchor: HTMLElement;
  onClose: () => void;
  /** Enters the selection mode with this video. */
  onSelect: () => void;
  /** Opens the export of all moments. */
  onExport: () => void;
}

type DialogName = "rename" | "tags";

/** Actions for a video in the grid. One instance serves all cards. */
export function VideoMenu({ video, anchor, onClose, onSelect, onExport }: VideoMenuProps) {
  const [open, setOpen] = useState<DialogName | null>(null);
  if (open === "rename") return <RenameDialog video={video} onClose={onClose} />;
  if (open === "tags") return <TagsDialog video={video} onClose={onClose} />;
  return (
    <MenuAt label={t("video.actionsFor", { title: video.title })} anchor={anchor} onClose={onClose}>
      <MenuItem icon={<Sparkles />} onAction={() => void findMoments(video)}>
        {t("video.findMoments")}
      </MenuItem>
      <MenuItem icon={<Captions />} onAction={() => void transcribe(video)}>
        {t(video.has_transcript ? "video.transcribeAgain" : "video.transcribe")}
      </MenuItem>
      <CopyLinkItem videoId={video.id} />
      <MenuItem
        icon={<Share2 />}
        description={t("sharing.shareHelp")}
        onAction={() => openShareDialog({ videoId: video.id, title: video.title })}
      >
        {t("sharing.share")}
      </MenuItem>
      <MenuItem icon={<FilePlay />} description={t("video.exportMomentsHelp")} onAction={onExport}>
        {t("video.exportMoments")}
      </MenuItem>
      <MenuItem
        icon={<Download />}
        description={t("video.downloadHelp")}
        href={downloadUrl(video.id)}
        download={video.filename}
      >
        {t("common.download")}
      </MenuItem>
      <MenuItem icon={<Pencil />} shouldCloseOnSelect={false} onAction={() => setOpen("rename")}>
        {t("video.rename")}
      </MenuItem>
      <MenuItem icon={<Tags />} shouldCloseOnSelect={false} onAction={() => setOpen("tags")}>
        {t("video.tagsAction")}
      </MenuItem>
      <MenuItem icon={<ImageUp />} onAction={() => void uploadThumbnail(video.id)}>
        {t("video.uploadThumbnail")}
      </MenuItem>
      <MenuItem icon={<RotateCcw />} onAction={() => void restoreThumbnail(video.id)}>
        {t("video.resetThumbnail")}
      </MenuItem>
      <MenuItem icon={<CheckSquare />} onAction={onSelect}>
        {t("common.select")}
      </MenuItem>
      {storageSection(video)}
      <MenuItem icon={<Trash2 />} isDanger onAction={() => void moveToTrash(video)}>
        {t("video.moveToTrash")}
      </MenuItem>
    </MenuAt>
  );
}

/** Location of the bytes, with the actions that move them. Not a component: menus collect their items directly. */
function storageSection(video: VideoSummary) {
  const { location } = video;
  const size = formatBytes(video.size_bytes);
  if (location === "both")
    return (
      <MenuSection title={t("video.locationBoth")}>
        <MenuItem icon={<HardDrive />} onAction={() => void freeSpace(video)}>
          {t("video.freeSpace", { size })}
        </MenuItem>
      </MenuSection>
    );
  if (location === "bucket")
    return (
      <MenuSection title={t("video.locationBucket")}>
        <MenuItem icon={<CloudDownload />} onAction={() => void bringBack(video)}>
          {t("video.bringBack", { size })}
        </MenuItem>
      </MenuSection>
    );
  return null;
}

async function findMoments({ id, title }: VideoSummary): Promise<void> {
  try {
    await startRun({ video_id: id });
    const action = { label: t("video.viewRun"), onPress: () => navigate(RUNS_PATH) };
    toast(t("video.findingMoments", { title }), { action });
  } catch (error) {
    toastError(t("video.findMomentsFailed", { title }), error);
  }
}

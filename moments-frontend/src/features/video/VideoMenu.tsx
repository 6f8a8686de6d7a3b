import {
  Captions,
  CheckSquare,
  Download,
  ImageUp,
  Link2,
  Pencil,
  RotateCcw,
  Share,
  Sparkles,
  Trash2,
} from "lucide-react";
import { useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { startRun } from "@/api/runs";
import type { VideoSummary } from "@/api/schema";
import { downloadUrl } from "@/api/videos";
import { RUNS_PATH, watchPath } from "@/lib/routes";
import { copyText } from "@/ui/copy-text";
import { MenuAt, MenuItem } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import { DeleteDialog } from "./DeleteDialog";
import { RenameDialog } from "./RenameDialog";
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

/** Actions for a video in the grid. One instance serves all cards. */
export function VideoMenu({ video, anchor, onClose, onSelect, onExport }: VideoMenuProps) {
  const [open, setOpen] = useState<"menu" | "rename" | "delete">("menu");
  if (open === "rename") return <RenameDialog video={video} onClose={onClose} />;
  if (open === "delete") return <DeleteDialog video={video} onClose={onClose} onDeleted={onClose} />;
  return (
    <MenuAt label={`Actions for ${video.title}`} anchor={anchor} onClose={onClose}>
      <MenuItem icon={<Sparkles />} onAction={() => void findMoments(video)}>
        Find moments
      </MenuItem>
      <MenuItem icon={<Captions />} onAction={() => void transcribe(video)}>
        {video.has_transcript ? "Transcribe again" : "Transcribe"}
      </MenuItem>
      <MenuItem
        icon={<Link2 />}
        onAction={() => void copyText(location.origin + watchPath(video.id), "Link copied")}
      >
        Copy link
      </MenuItem>
      <MenuItem icon={<Download />} href={downloadUrl(video.id)} download={video.filename}>
        Download
      </MenuItem>
      <MenuItem icon={<Share />} onAction={onExport}>
        Export moments…
      </MenuItem>
      <MenuItem icon={<Pencil />} shouldCloseOnSelect={false} onAction={() => setOpen("rename")}>
        Rename
      </MenuItem>
      <MenuItem icon={<ImageUp />} onAction={() => void uploadThumbnail(video.id)}>
        Upload thumbnail…
      </MenuItem>
      <MenuItem icon={<RotateCcw />} onAction={() => void restoreThumbnail(video.id)}>
        Reset thumbnail
      </MenuItem>
      <MenuItem icon={<CheckSquare />} onAction={onSelect}>
        Select
      </MenuItem>
      <MenuItem icon={<Trash2 />} isDanger shouldCloseOnSelect={false} onAction={() => setOpen("delete")}>
        Delete
      </MenuItem>
    </MenuAt>
  );
}

async function findMoments({ id, title }: VideoSummary): Promise<void> {
  try {
    await startRun({ video_id: id });
    const action = { label: "View run", onPress: () => navigate(RUNS_PATH) };
    toast(`Finding moments in ${title}`, { action });
  } catch (error) {
    toastError(`Could not find moments in ${title}`, error);
  }
}

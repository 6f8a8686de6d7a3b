import {
  Captions,
  CloudDownload,
  Download,
  Ellipsis,
  HardDrive,
  Image,
  ImageUp,
  Languages,
  Pencil,
  RotateCcw,
  Share2,
  Star,
  Tags,
  Trash2,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { navigate } from "wouter/use-browser-location";
import { organiseVideo } from "@/api/organise";
import type { VideoDetail } from "@/api/schema";
import { downloadUrl } from "@/api/videos";
import { t } from "@/i18n";
import { formatBytes } from "@/lib/format";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { LIBRARY_PATH } from "@/lib/routes";
import { openShareDialog } from "@/lib/share-target";
import { IconButton, LinkButton } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { toastError } from "@/ui/Toasts";
import { CopyLinkItem } from "./CopyLinkItem";
import { Description } from "./Description";
import { Facts, TagList, Unlisted } from "./Facts";
import { LanguageDialog } from "./LanguageDialog";
import { moveToTrash } from "./move-to-trash";
import { RenameDialog } from "./RenameDialog";
import { bringBack, freeSpace } from "./storage-actions";
import { TagsDialog } from "./TagsDialog";
import { restoreThumbnail, setFrameAsThumbnail, uploadThumbnail } from "./thumbnail-actions";
import { transcribe } from "./transcribe";
import styles from "./VideoHeader.module.css";

interface VideoHeaderProps {
  video: VideoDetail;
  isListed: boolean;
  /** Buttons of other features. */
  children?: ReactNode;
}

type DialogName = "rename" | "tags" | "language";

/** A video's title, properties and actions. */
export function VideoHeader({ video, isListed, children }: VideoHeaderProps) {
  const [open, setOpen] = useState<DialogName | null>(null);
  const close = () => setOpen(null);
  return (
    <header className={styles.head}>
      <div className={styles.row}>
        <h1 className={styles.title}>{video.title}</h1>
        <div className={styles.actions}>
          {isListed && <FavoriteButton video={video} />}
          <LinkButton icon={<Download aria-hidden />} href={downloadUrl(video.id)} download={video.filename}>
            {t("common.download")}
          </LinkButton>
          {children}
          {isListed && <ActionsMenu video={video} onOpen={setOpen} />}
        </div>
      </div>
      {isListed ? <Facts video={video} /> : <Unlisted />}
      {isListed && <TagList tags={video.tags} onEdit={() => setOpen("tags")} />}
      {video.description && <Description text={video.description} duration={video.duration_seconds} />}
      {open === "rename" && <RenameDialog video={video} onClose={close} />}
      {open === "tags" && <TagsDialog video={video} onClose={close} />}
      {open === "language" && <LanguageDialog video={video} onClose={close} />}
    </header>
  );
}

function FavoriteButton({ video: { id, title, is_favorite: isFavorite } }: { video: VideoDetail }) {
  const label = t(isFavorite ? "video.removeFavorite" : "video.addFavorite");
  return (
    <IconButton
      label={label}
      variant="secondary"
      icon={<Star fill={isFavorite ? "currentColor" : "none"} />}
      onPress={() =>
        void organiseVideo(id, { is_favorite: !isFavorite }).catch((error: unknown) =>
          toastError(t("video.changeFailed", { title }), error),
        )
      }
    />
  );
}

interface ActionsMenuProps {
  video: VideoDetail;
  onOpen: (dialog: DialogName) => void;
}

function ActionsMenu({ video, onOpen }: ActionsMenuProps) {
  const player = usePlayer();
  const hasFrame = usePlayerValue(({ video: element }) => (element?.readyState ?? 0) > 0);
  return (
    <Menu
      label={t("common.more")}
      trigger={<IconButton label={t("common.more")} variant="secondary" icon={<Ellipsis />} />}
    >
      <CopyLinkItem videoId={video.id} />
      <MenuItem
        icon={<Share2 />}
        description={t("sharing.shareHelp")}
        onAction={() => share(video, player.time)}
      >
        {t("sharing.share")}
      </MenuItem>
      <MenuItem icon={<Pencil />} onAction={() => onOpen("rename")}>
        {t("video.rename")}
      </MenuItem>
      <MenuItem icon={<Tags />} onAction={() => onOpen("tags")}>
        {t("video.tagsAction")}
      </MenuItem>
      <MenuItem icon={<Captions />} onAction={() => void transcribe(video)}>
        {t(video.has_transcript ? "video.transcribeAgain" : "video.transcribe")}
      </MenuItem>
      <MenuItem icon={<Languages />} onAction={() => onOpen("language")}>
        {t("video.spokenLanguageAction")}
      </MenuItem>
      <MenuItem
        icon={<Image />}
        isDisabled={!hasFrame}
        onAction={() => void setFrameAsThumbnail(video.id, player.time)}
      >
        {t("video.useFrame")}
      </MenuItem>
      <MenuItem icon={<ImageUp />} onAction={() => void uploadThumbnail(video.id)}>
        {t("video.uploadThumbnail")}
      </MenuItem>
      <MenuItem icon={<RotateCcw />} onAction={() => void restoreThumbnail(video.id)}>
        {t("video.resetThumbnail")}
      </MenuItem>
      {storageItem(video)}
      <MenuItem
        icon={<Trash2 />}
        isDanger
        onAction={() => void moveToTrash(video, () => navigate(LIBRARY_PATH))}
      >
        {t("video.moveToTrash")}
      </MenuItem>
    </Menu>
  );
}

/** Seconds before the end from which a video that has been watched is shared as a whole. */
const END_SECONDS = 3;

/** Open the share dialog for the video from the whole second that is shown. */
function share({ id, title, duration_seconds }: VideoDetail, seconds: number): void {
  const isOver = seconds > (duration_seconds ?? Number.POSITIVE_INFINITY) - END_SECONDS;
  openShareDialog({ videoId: id, title, start: isOver ? 0 : Math.floor(seconds) });
}

/** Action that moves the bytes. Not a component: menus collect their items directly. */
function storageItem(video: VideoDetail) {
  const size = formatBytes(video.size_bytes);
  if (video.location === "both")
    return (
      <MenuItem icon={<HardDrive />} onAction={() => void freeSpace(video)}>
        {t("video.freeSpace", { size })}
      </MenuItem>
    );
  if (video.location === "bucket")
    return (
      <MenuItem icon={<CloudDownload />} onAction={() => void bringBack(video)}>
        {t("video.bringBack", { size })}
      </MenuItem>
    );
  return null;
}

import {
  Bookmark,
  Combine,
  Download,
  Ellipsis,
  Link2,
  MoveHorizontal,
  Pencil,
  Scissors,
  Share2,
  Trash2,
  Undo2,
} from "lucide-react";
import { type ReactNode, useState } from "react";
import { clipDownloadUrl, type MomentUpdate } from "@/api/moments";
import type { Clip, VideoDetail } from "@/api/schema";
import { t } from "@/i18n";
import { watchPath } from "@/lib/routes";
import { openShareDialog } from "@/lib/share-target";
import { IconButton, IconLink } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import { Menu, MenuItem } from "@/ui/Menu";
import { toastError } from "@/ui/Toasts";
import styles from "./Moment.module.css";
import type { ShownMoment } from "./merge-refined";
import { SplitDialog } from "./SplitDialog";
import { StarRating } from "./StarRating";
import { useResetMoment, useUpdateMoment } from "./use-moment-mutations";

interface MomentActionsProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Undefined if no clip exists, null while loading. */
  clip: Clip | undefined | null;
  onEdit: () => void;
  onRename: () => void;
  onDelete: () => void;
  /** Merges the moment with the one after it; null for the last one. */
  onMerge: (() => void) | null;
  /** Buttons of other features. */
  children?: ReactNode;
}

/** Rating and buttons of a moment. */
export function MomentActions(props: MomentActionsProps) {
  const { video, moment, clip, onEdit, children } = props;
  const change = useUpdateMoment(video.id);
  const update = (changes: MomentUpdate, failed: string) =>
    change.mutate({ id: moment.id, change: changes }, { onError: (error) => toastError(failed, error) });
  return (
    <div className={styles.actions}>
      <StarRating
        title={moment.title}
        rating={moment.rating}
        onRate={(rating) => update({ rating }, t("moments.couldNotSaveTheRating"))}
      />
      <div className={styles.buttons}>
        <IconButton
          label={t("moments.keep")}
          size="s"
          aria-pressed={moment.is_kept}
          className={cx(moment.is_kept && styles.kept)}
          icon={<Bookmark />}
          onPress={() => update({ is_kept: !moment.is_kept }, t("moments.couldNotSave"))}
        />
        <IconButton
          data-part="edit"
          label={t("moments.trim")}
          size="s"
          icon={<MoveHorizontal />}
          onPress={onEdit}
        />
        {children}
        {clip && (
          <IconLink
            label={t("moments.downloadClip")}
            size="s"
            icon={<Download />}
            href={clipDownloadUrl(video.id, moment.clipId)}
            download={clip.filename}
          />
        )}
        <MoreMenu {...props} />
      </div>
    </div>
  );
}

/** Actions that are used less often. */
function MoreMenu({ video, moment, onRename, onDelete, onMerge }: MomentActionsProps) {
  const [isSplitting, setSplitting] = useState(false);
  const reset = useResetMoment(video.id);
  function copyLink() {
    const [start, end] = [moment.start_time, moment.end_time].map((seconds) => Number(seconds.toFixed(2)));
    void copyText(`${location.origin}${watchPath(video.id)}#t=${start},${end}`, t("common.linkCopied"));
  }
  return (
    <>
      <Menu
        label={t("moments.moreActionsForTitle", { title: moment.title })}
        trigger={<IconButton data-part="more" label={t("common.more")} size="s" icon={<Ellipsis />} />}
      >
        <MenuItem icon={<Link2 />} description={t("common.copyLinkHelp")} onAction={copyLink}>
          {t("moments.copyLink")}
        </MenuItem>
        <MenuItem
          icon={<Share2 />}
          description={t("sharing.shareHelp")}
          onAction={() => openShareDialog({ videoId: video.id, title: moment.title, momentId: moment.id })}
        >
          {t("sharing.share")}
        </MenuItem>
        <MenuItem icon={<Pencil />} onAction={onRename}>
          {t("moments.rename")}
        </MenuItem>
        <MenuItem icon={<Scissors />} onAction={() => setSplitting(true)}>
          {t("moments.split")}
        </MenuItem>
        {onMerge && (
          <MenuItem icon={<Combine />} onAction={onMerge}>
            {t("moments.mergeWithNext")}
          </MenuItem>
        )}
        {moment.replaces.length > 0 && (
          <MenuItem icon={<Undo2 />} onAction={() => reset.mutate([moment.id])}>
            {t("moments.restoreOriginal")}
          </MenuItem>
        )}
        <MenuItem icon={<Trash2 />} isDanger onAction={onDelete}>
          {t("common.delete")}
        </MenuItem>
      </Menu>
      {isSplitting && <SplitDialog videoId={video.id} moment={moment} onClose={() => setSplitting(false)} />}
    </>
  );
}

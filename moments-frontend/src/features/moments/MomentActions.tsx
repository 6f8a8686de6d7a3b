import { Bookmark, Download, Ellipsis, Link2, MoveHorizontal, Pencil, Trash2 } from "lucide-react";
import type { ReactNode } from "react";
import { clipDownloadUrl, type MomentUpdate } from "@/api/moments";
import type { Clip, VideoDetail } from "@/api/schema";
import { watchPath } from "@/lib/routes";
import { IconButton, IconLink } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { cx } from "@/ui/cx";
import { Menu, MenuItem } from "@/ui/Menu";
import { toastError } from "@/ui/Toasts";
import styles from "./Moment.module.css";
import type { ShownMoment } from "./merge-refined";
import { StarRating } from "./StarRating";
import { useUpdateMoment } from "./use-moment-mutations";

interface MomentActionsProps {
  video: VideoDetail;
  moment: ShownMoment;
  /** Undefined if no clip exists, null while loading. */
  clip: Clip | undefined | null;
  onEdit: () => void;
  onRename: () => void;
  onDelete: () => void;
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
        onRate={(rating) => update({ rating }, "Could not save the rating")}
      />
      <div className={styles.buttons}>
        <IconButton
          label="Keep"
          size="s"
          aria-pressed={moment.is_kept}
          className={cx(moment.is_kept && styles.kept)}
          icon={<Bookmark />}
          onPress={() => update({ is_kept: !moment.is_kept }, "Could not save")}
        />
        <IconButton data-part="edit" label="Trim" size="s" icon={<MoveHorizontal />} onPress={onEdit} />
        {children}
        {clip && (
          <IconLink
            label="Download clip"
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

function MoreMenu({ video, moment, onRename, onDelete }: MomentActionsProps) {
  function copyLink() {
    const [start, end] = [moment.start_time, moment.end_time].map((seconds) => Number(seconds.toFixed(2)));
    void copyText(`${location.origin}${watchPath(video.id)}#t=${start},${end}`, "Link copied");
  }
  return (
    <Menu
      label={`More actions for ${moment.title}`}
      trigger={<IconButton data-part="more" label="More" size="s" icon={<Ellipsis />} />}
    >
      <MenuItem icon={<Link2 />} onAction={copyLink}>
        Copy link
      </MenuItem>
      <MenuItem icon={<Pencil />} onAction={onRename}>
        Rename
      </MenuItem>
      <MenuItem icon={<Trash2 />} isDanger onAction={onDelete}>
        Delete
      </MenuItem>
    </Menu>
  );
}

import { Bookmark, Copy, Link2, Share2 } from "lucide-react";
import { navigate } from "wouter/use-browser-location";
import { createMoment, refreshMoments } from "@/api/moments";
import type { SearchHit } from "@/api/search";
import { t } from "@/i18n";
import { watchPath } from "@/lib/routes";
import { openShareDialog, type ShareTarget } from "@/lib/share-target";
import { shorten } from "@/lib/text-ranges";
import { copyText } from "@/ui/copy-text";
import { MenuAt, MenuItem } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import { momentOf } from "./new-moment";

/** Longest title of a shared passage. */
const MAX_SHARED_TITLE = 120;

interface HitMenuProps {
  hit: SearchHit;
  anchor: HTMLElement;
  onClose: () => void;
}

/** Actions of a hit. */
export function HitMenu({ hit, anchor, onClose }: HitMenuProps) {
  const { video, start_time: start, kind, text } = hit;
  return (
    <MenuAt label={t("search.actionsForTheHit")} anchor={anchor} onClose={onClose}>
      {kind === "segment" && (
        <MenuItem icon={<Bookmark />} onAction={() => void addMoment(hit)}>
          {t("search.addAsMoment")}
        </MenuItem>
      )}
      <MenuItem
        icon={<Link2 />}
        description={t("common.copyLinkHelp")}
        onAction={() => void copyText(location.origin + watchPath(video.id, start), t("common.linkCopied"))}
      >
        {t("search.copyLinkToThisTime")}
      </MenuItem>
      <MenuItem
        icon={<Share2 />}
        description={t("sharing.shareHelp")}
        onAction={() => openShareDialog(shareTarget(hit))}
      >
        {t("sharing.share")}
      </MenuItem>
      <MenuItem icon={<Copy />} onAction={() => void copyText(text, t("search.textCopied"))}>
        {t("search.copyText")}
      </MenuItem>
    </MenuAt>
  );
}

/** Return what the share dialog shares: the passage of the hit. */
function shareTarget({ video, start_time: start, end_time: end, kind, text }: SearchHit): ShareTarget {
  const title = shorten(text, MAX_SHARED_TITLE) || video.title;
  const spoken = kind === "segment";
  return { videoId: video.id, title, ...(end > start && { range: { start, end }, spoken }) };
}

async function addMoment(hit: SearchHit): Promise<void> {
  const { video } = hit;
  try {
    const { start_time: start, end_time: end } = await createMoment(video.id, momentOf(hit));
    toast(t("search.momentAdded"), {
      action: {
        label: t("search.open"),
        onPress: () => navigate(`${watchPath(video.id)}#t=${start},${end}`),
      },
    });
    await refreshMoments(video.id);
  } catch (error) {
    toastError(t("search.couldNotAddTheMoment"), error);
  }
}

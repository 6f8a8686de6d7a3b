import { Link2 } from "lucide-react";
import { t } from "@/i18n";
import { watchPath } from "@/lib/routes";
import { copyText } from "@/ui/copy-text";
import { MenuItem } from "@/ui/Menu";

/** Menu item that copies the address of a video's page. */
export function CopyLinkItem({ videoId }: { videoId: string }) {
  return (
    <MenuItem
      icon={<Link2 />}
      description={t("common.copyLinkHelp")}
      onAction={() => void copyText(location.origin + watchPath(videoId), t("common.linkCopied"))}
    >
      {t("video.copyLink")}
    </MenuItem>
  );
}

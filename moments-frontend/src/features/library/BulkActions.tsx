import { Captions, CloudDownload, Ellipsis, HardDrive, Star, StarOff, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import type { BulkAction } from "@/api/bulk";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { BulkTagsDialog } from "./BulkTagsDialog";

interface BulkActionsProps {
  /** Number of selected videos. */
  count: number;
  isPending: boolean;
  onStart: (action: BulkAction, tags?: readonly string[]) => void;
}

/** The actions for the selected videos. */
export function BulkActions({ count, isPending, onStart }: BulkActionsProps) {
  const [isTagging, setTagging] = useState(false);
  const isDisabled = count === 0 || isPending;
  return (
    <>
      <Button icon={<Tags aria-hidden />} isDisabled={isDisabled} onPress={() => setTagging(true)}>
        {t("library.tagsAction")}
      </Button>
      <Button icon={<Star aria-hidden />} isDisabled={isDisabled} onPress={() => onStart("favorite")}>
        {t("library.favorite")}
      </Button>
      <Button icon={<Captions aria-hidden />} isDisabled={isDisabled} onPress={() => onStart("transcribe")}>
        {t("library.transcribe")}
      </Button>
      <Button
        variant="danger"
        icon={<Trash2 aria-hidden />}
        isDisabled={isDisabled}
        isPending={isPending}
        onPress={() => onStart("trash")}
      >
        {t("library.moveToTrash")}
      </Button>
      <Menu
        label={t("library.moreActions")}
        trigger={
          <IconButton
            label={t("library.moreActions")}
            variant="secondary"
            icon={<Ellipsis />}
            isDisabled={isDisabled}
          />
        }
      >
        <MenuItem icon={<StarOff />} onAction={() => onStart("unfavorite")}>
          {t("library.unfavorite")}
        </MenuItem>
        <MenuItem icon={<HardDrive />} onAction={() => onStart("offload")}>
          {t("library.offload")}
        </MenuItem>
        <MenuItem icon={<CloudDownload />} onAction={() => onStart("fetch")}>
          {t("library.fetch")}
        </MenuItem>
      </Menu>
      {isTagging && <BulkTagsDialog count={count} onStart={onStart} onClose={() => setTagging(false)} />}
    </>
  );
}

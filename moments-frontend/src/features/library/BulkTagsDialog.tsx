import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { tagsQuery } from "@/api/organise";
import { t } from "@/i18n";
import { FormDialog } from "@/ui/FormDialog";
import { Select } from "@/ui/Select";
import { TagField } from "@/ui/TagField";
import styles from "./BulkTagsDialog.module.css";

type TagAction = "add_tags" | "remove_tags";

interface BulkTagsDialogProps {
  count: number;
  onStart: (action: TagAction, tags: readonly string[]) => void;
  onClose: () => void;
}

/** Adds tags to the selected videos, or removes them. */
export function BulkTagsDialog({ count, onStart, onClose }: BulkTagsDialogProps) {
  const [action, setAction] = useState<TagAction>("add_tags");
  const [tags, setTags] = useState<readonly string[]>([]);
  const known = useQuery(tagsQuery()).data ?? [];
  return (
    <FormDialog
      title={t("library.tagVideos", { count })}
      submit={t(action === "add_tags" ? "library.addTags" : "library.removeTags")}
      width="s"
      className={styles.form}
      isDisabled={tags.length === 0}
      isPending={false}
      onSubmit={() => {
        onStart(action, tags);
        onClose();
      }}
      onClose={onClose}
    >
      <Select<TagAction>
        label={t("library.tagAction")}
        options={[
          { value: "add_tags", label: t("library.addTags") },
          { value: "remove_tags", label: t("library.removeTags") },
        ]}
        value={action}
        onChange={setAction}
      />
      <TagField
        label={t("library.tags")}
        description={t("library.tagsHelp")}
        autoFocus
        tags={tags}
        onChange={setTags}
        suggestions={known.map(({ name }) => name)}
      />
    </FormDialog>
  );
}

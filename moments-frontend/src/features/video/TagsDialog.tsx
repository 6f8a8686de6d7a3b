import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toApiError } from "@/api/errors";
import { organiseVideo, tagsQuery } from "@/api/organise";
import type { VideoSummary } from "@/api/schema";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { FormDialog } from "@/ui/FormDialog";
import { TagField } from "@/ui/TagField";
import styles from "./Dialog.module.css";

interface TagsDialogProps {
  video: Pick<VideoSummary, "id" | "title" | "tags">;
  onClose: () => void;
}

/** Changes the tags of a video. */
export function TagsDialog({ video, onClose }: TagsDialogProps) {
  const [tags, setTags] = useState<readonly string[]>(video.tags);
  const known = useQuery(tagsQuery()).data ?? [];
  const save = useMutation({
    mutationFn: () => organiseVideo(video.id, { tags: [...tags] }),
    onSuccess: onClose,
  });
  return (
    <FormDialog
      title={t("video.tagsOf", { title: video.title })}
      submit={t("common.save")}
      width="s"
      className={styles.body}
      isPending={save.isPending}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TagField
        label={t("video.tags")}
        description={t("video.tagsHelp")}
        autoFocus
        tags={tags}
        onChange={setTags}
        suggestions={known.map(({ name }) => name)}
      />
      {save.isError && <p role="alert">{sentence(toApiError(save.error).problem.detail)}</p>}
    </FormDialog>
  );
}

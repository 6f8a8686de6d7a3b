import { useMutation, useQuery } from "@tanstack/react-query";
import { Check, Pencil, Trash2, X } from "lucide-react";
import { useState } from "react";
import { deleteTag, renameTag, tagsQuery } from "@/api/organise";
import type { TagCount } from "@/api/schema";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { TextField } from "@/ui/Field";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./ManageTagsDialog.module.css";

/** Renames, merges and deletes the tags of the library. */
export function ManageTagsDialog({ onClose }: { onClose: () => void }) {
  const tags = useQuery(tagsQuery()).data;
  const [edited, setEdited] = useState<string | null>(null);
  return (
    <Dialog
      title={t("library.manageTags")}
      isOpen
      onClose={onClose}
      actions={<Button onPress={onClose}>{t("common.close")}</Button>}
    >
      {tags?.length === 0 && <p>{t("library.noTags")}</p>}
      <ul className={styles.list} aria-label={t("library.tags")}>
        {tags?.map((tag) => (
          <li key={tag.name} className={styles.row}>
            {edited === tag.name ? (
              <RenameForm tag={tag} known={tags} onClose={() => setEdited(null)} />
            ) : (
              <TagRow tag={tag} onRename={() => setEdited(tag.name)} />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function TagRow({ tag: { name, count }, onRename }: { tag: TagCount; onRename: () => void }) {
  const remove = useMutation({
    mutationFn: () => deleteTag(name),
    onSuccess: () => toast(t("library.tagDeleted", { tag: name })),
    onError: (error) => toastError(t("library.tagFailed", { tag: name }), error),
  });
  return (
    <>
      <span className={styles.name}>{name}</span>
      <span className={styles.count}>{t("library.count", { count })}</span>
      <IconButton label={t("library.renameTag", { tag: name })} icon={<Pencil />} onPress={onRename} />
      <IconButton
        label={t("library.deleteTag", { tag: name })}
        icon={<Trash2 />}
        isPending={remove.isPending}
        onPress={() => remove.mutate()}
      />
    </>
  );
}

interface RenameFormProps {
  tag: TagCount;
  known: readonly TagCount[];
  onClose: () => void;
}

function RenameForm({ tag: { name }, known, onClose }: RenameFormProps) {
  const [next, setNext] = useState(name);
  const isMerge = known.some(({ name: other }) => other !== name && other === next.trim());
  const rename = useMutation({
    mutationFn: () => renameTag(name, next.trim()),
    onSuccess: onClose,
    onError: (error) => toastError(t("library.tagFailed", { tag: name }), error),
  });
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (next.trim() !== "") rename.mutate();
      }}
    >
      <TextField
        label={t("library.newTagName", { tag: name })}
        hideLabel
        autoFocus
        maxLength={100}
        value={next}
        onChange={setNext}
        description={isMerge ? t("library.mergesTags", { tag: next.trim() }) : undefined}
      />
      <IconButton
        type="submit"
        label={t("common.save")}
        icon={<Check />}
        isDisabled={next.trim() === ""}
        isPending={rename.isPending}
      />
      <IconButton label={t("common.cancel")} icon={<X />} onPress={onClose} />
    </form>
  );
}

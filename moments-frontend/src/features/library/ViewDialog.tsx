import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { toApiError } from "@/api/errors";
import { createView, type SavedView, updateView } from "@/api/organise";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { TextField } from "@/ui/Field";
import { FormDialog } from "@/ui/FormDialog";
import { toast } from "@/ui/Toasts";
import { toQuery, type VideoFilters } from "./filter";

interface ViewDialogProps {
  /** The view to rename; null saves the filters as a new one. */
  view: SavedView | null;
  filters: VideoFilters;
  onClose: () => void;
}

export function ViewDialog({ view, filters, onClose }: ViewDialogProps) {
  const [name, setName] = useState(view?.name ?? "");
  const save = useMutation({
    mutationFn: () =>
      view
        ? updateView(view.id, { name: name.trim() })
        : createView({ name: name.trim(), query: toQuery(filters) }),
    onSuccess: () => {
      toast(t(view ? "library.viewRenamed" : "library.viewSaved", { name: name.trim() }));
      onClose();
    },
  });
  return (
    <FormDialog
      title={view ? t("library.renameView", { name: view.name }) : t("library.saveView")}
      submit={t("common.save")}
      width="s"
      isDisabled={name.trim() === ""}
      isPending={save.isPending}
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <TextField
        label={t("library.viewName")}
        autoFocus
        maxLength={100}
        value={name}
        onChange={setName}
        description={view ? undefined : t("library.viewHelp")}
        error={save.isError ? sentence(toApiError(save.error).problem.detail) : null}
      />
    </FormDialog>
  );
}

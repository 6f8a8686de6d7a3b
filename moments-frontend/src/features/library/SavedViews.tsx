import { useQuery } from "@tanstack/react-query";
import { Bookmark, BookmarkPlus, Pencil, RefreshCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { deleteView, type SavedView, updateView, viewsQuery } from "@/api/organise";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Menu, MenuItem } from "@/ui/Menu";
import { toast, toastError } from "@/ui/Toasts";
import { DEFAULT_FILTERS, fromQuery, toQuery, toSearchParams, type VideoFilters } from "./filter";
import styles from "./SavedViews.module.css";
import { ViewDialog } from "./ViewDialog";

interface SavedViewsProps {
  filters: VideoFilters;
  onChange: (change: VideoFilters) => void;
}

type OpenDialog = { kind: "create" } | { kind: "rename"; view: SavedView };

/** The saved views as a bar, with their actions. */
export function SavedViews({ filters, onChange }: SavedViewsProps) {
  const views = useQuery(viewsQuery()).data ?? [];
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const [selected, setSelected] = useState<SavedView["id"] | null>(null);
  const address = toSearchParams(filters);
  const addressOf = (view: SavedView) => toSearchParams(fromQuery(view.query));
  const current = views.find((view) => addressOf(view) === address);
  // The view that was opened last; its filters may have been changed since.
  const last = current ?? views.find(({ id }) => id === selected);
  const canSave = address !== "" && current === undefined;
  if (views.length === 0 && !canSave) return null;
  const open = (next: VideoFilters, id: SavedView["id"] | null) => {
    setSelected(id);
    onChange(next);
  };
  return (
    <div className={styles.bar}>
      {views.length > 0 && <Views views={views} address={address} current={current} onOpen={open} />}
      {canSave && (
        <Button
          size="s"
          variant="ghost"
          icon={<BookmarkPlus aria-hidden />}
          onPress={() => setDialog({ kind: "create" })}
        >
          {t("library.saveView")}
        </Button>
      )}
      {last && (
        <ViewMenu
          view={last}
          filters={last === current ? null : filters}
          onRename={() => setDialog({ kind: "rename", view: last })}
        />
      )}
      {dialog && (
        <ViewDialog
          view={dialog.kind === "rename" ? dialog.view : null}
          filters={filters}
          onClose={() => setDialog(null)}
        />
      )}
    </div>
  );
}

interface ViewsProps {
  views: readonly SavedView[];
  /** Filters in use, as in the page's address. */
  address: string;
  current: SavedView | undefined;
  /** Null opens all videos. */
  onOpen: (filters: VideoFilters, id: SavedView["id"] | null) => void;
}

function Views({ views, address, current, onOpen }: ViewsProps) {
  return (
    <ul aria-label={t("library.views")} className={styles.views}>
      <li>
        <ViewButton
          name={t("library.allVideos")}
          isCurrent={address === ""}
          onPress={() => onOpen(DEFAULT_FILTERS, null)}
        />
      </li>
      {views.map((view) => (
        <li key={view.id}>
          <ViewButton
            name={view.name}
            isCurrent={view === current}
            onPress={() => onOpen(fromQuery(view.query), view.id)}
          />
        </li>
      ))}
    </ul>
  );
}

interface ViewButtonProps {
  name: string;
  isCurrent: boolean;
  onPress: () => void;
}

function ViewButton({ name, isCurrent, onPress }: ViewButtonProps) {
  return (
    <Button
      size="s"
      variant="ghost"
      className={cx(styles.view, isCurrent && styles.current)}
      {...(isCurrent && { "aria-current": "true" as const })}
      onPress={onPress}
    >
      <span className={styles.name}>{name}</span>
    </Button>
  );
}

interface ViewMenuProps {
  view: SavedView;
  /** Filters that can replace those of the view; null if they are the same. */
  filters: VideoFilters | null;
  onRename: () => void;
}

function ViewMenu({ view, filters, onRename }: ViewMenuProps) {
  const { id, name } = view;
  const label = t("library.viewActions", { name });
  const report = (action: Promise<void>, text: string) =>
    void action.then(
      () => toast(text),
      (error: unknown) => toastError(t("library.viewFailed", { name }), error),
    );
  return (
    <Menu label={label} trigger={<IconButton size="s" label={label} icon={<Bookmark />} />}>
      {filters && (
        <MenuItem
          icon={<RefreshCw />}
          onAction={() =>
            report(updateView(id, { query: toQuery(filters) }), t("library.viewReplaced", { name }))
          }
        >
          {t("library.replaceView", { name })}
        </MenuItem>
      )}
      <MenuItem icon={<Pencil />} onAction={onRename}>
        {t("library.renameView", { name })}
      </MenuItem>
      <MenuItem
        icon={<Trash2 />}
        isDanger
        onAction={() => report(deleteView(id), t("library.viewDeleted", { name }))}
      >
        {t("library.deleteView", { name })}
      </MenuItem>
    </Menu>
  );
}

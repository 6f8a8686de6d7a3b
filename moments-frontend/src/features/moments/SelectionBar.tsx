import { CheckCheck, Combine, Trash2, X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { ListSelection } from "@/lib/use-selection";
import { Button, IconButton } from "@/ui/Button";
import styles from "./MomentsPanel.module.css";
import type { ShownMoment } from "./merge-refined";

interface SelectionBarProps {
  selection: ListSelection<ShownMoment>;
  /** The selected moments that still exist. */
  ids: readonly string[];
  onDelete: () => void;
  onMerge: () => void;
  /** Buttons of other features. */
  children?: ReactNode;
}

/** Number of selected moments, and actions for them. Replaces the toolbar of the list. */
export function SelectionBar({ selection, ids, onDelete, onMerge, children }: SelectionBarProps) {
  return (
    <section aria-label={t("moments.selection")} className={styles.bar}>
      <IconButton label={t("moments.closeSelection")} shortcut="Esc" icon={<X />} onPress={selection.stop} />
      <h2 className={styles.count}>
        <span role="status">{t("moments.lengthSelected", { length: ids.length })}</span>
      </h2>
      <IconButton label={t("moments.selectAll")} icon={<CheckCheck />} onPress={selection.selectShown} />
      {children}
      <Button
        size="s"
        variant="ghost"
        icon={<Combine aria-hidden />}
        isDisabled={ids.length < 2}
        onPress={onMerge}
      >
        {t("moments.merge")}
      </Button>
      <Button
        size="s"
        variant="ghost"
        icon={<Trash2 aria-hidden />}
        isDisabled={ids.length === 0}
        onPress={onDelete}
      >
        {t("common.delete")}
      </Button>
    </section>
  );
}

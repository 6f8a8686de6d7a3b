import { CheckCheck, Combine, Trash2, X } from "lucide-react";
import type { ReactNode } from "react";
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
    <section aria-label="Selection" className={styles.bar}>
      <IconButton label="Close selection" shortcut="Esc" icon={<X />} onPress={selection.stop} />
      <h2 className={styles.count}>
        <span role="status">{ids.length} selected</span>
      </h2>
      <IconButton label="Select all" icon={<CheckCheck />} onPress={selection.selectShown} />
      {children}
      <Button
        size="s"
        variant="ghost"
        icon={<Combine aria-hidden />}
        isDisabled={ids.length < 2}
        onPress={onMerge}
      >
        Merge
      </Button>
      <Button
        size="s"
        variant="ghost"
        icon={<Trash2 aria-hidden />}
        isDisabled={ids.length === 0}
        onPress={onDelete}
      >
        Delete
      </Button>
    </section>
  );
}

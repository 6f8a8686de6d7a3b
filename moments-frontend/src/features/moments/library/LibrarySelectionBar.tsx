import { CheckCheck, X } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import type { ListSelection } from "@/lib/use-selection";
import { Button, IconButton } from "@/ui/Button";
import styles from "./LibrarySelectionBar.module.css";
import type { LibraryItem } from "./MomentRows";

interface LibrarySelectionBarProps {
  selection: ListSelection<LibraryItem>;
  /** Number of moments that can be selected. */
  shown: number;
  /** Buttons of other features. */
  children: ReactNode;
}

/** Number of selected moments, and actions for them. */
export function LibrarySelectionBar({ selection, shown, children }: LibrarySelectionBarProps) {
  return (
    <section aria-label={t("moments.selection")} className={styles.bar}>
      <IconButton label={t("moments.closeSelection")} shortcut="Esc" icon={<X />} onPress={selection.stop} />
      <p role="status" className={styles.count}>
        {t("moments.sizeSelected", { size: selection.items.size })}
      </p>
      <Button variant="ghost" icon={<CheckCheck aria-hidden />} onPress={selection.selectShown}>
        {t("moments.selectAllShownLoaded", { shown })}
      </Button>
      {children}
    </section>
  );
}

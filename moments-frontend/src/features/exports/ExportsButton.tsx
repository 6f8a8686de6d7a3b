import { useQuery } from "@tanstack/react-query";
import { FileDown } from "lucide-react";
import { exportsQuery, isActive } from "@/api/exports";
import { t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import styles from "./ExportsButton.module.css";
import { closeTray, openTray, useTray } from "./tray-store";

/** Opens and closes the tray; appears with the first export. */
export function ExportsButton() {
  const { data: exports } = useQuery(exportsQuery());
  const active = exports?.filter(isActive).length ?? 0;
  const isOpen = useTray() === "open";
  if (!exports?.length) return null;
  return (
    <span className={styles.button}>
      <IconButton
        label={active > 0 ? t("exports.exportsActive", { count: active }) : t("exports.exports")}
        icon={<FileDown />}
        aria-expanded={isOpen}
        onPress={isOpen ? closeTray : openTray}
      />
      {active > 0 && (
        <span aria-hidden className={styles.count}>
          {active > 99 ? "99+" : active}
        </span>
      )}
    </span>
  );
}

import { useQuery } from "@tanstack/react-query";
import { ChevronRight, Folder } from "lucide-react";
import { facetsQuery } from "@/api/videos";
import { locale, t } from "@/i18n";
import { Button } from "@/ui/Button";
import styles from "./FolderBar.module.css";
import type { VideoFilters } from "./filter";
import { breadcrumb, subfolders } from "./folders";

interface FolderBarProps {
  /** The selected folder; empty for all. */
  folder: string;
  onChange: (change: Partial<VideoFilters>) => void;
}

/** The way to the selected folder, and the folders in it. Hidden in a library without folders. */
export function FolderBar({ folder, onChange }: FolderBarProps) {
  const folders = useQuery(facetsQuery()).data?.folders ?? [];
  const inside = subfolders(folders, folder);
  if (folder === "" && inside.length === 0) return null;
  const open = (path: string) => onChange({ folder: path });
  return (
    <nav aria-label={t("library.folders")} className={styles.bar}>
      <ol className={styles.crumbs}>
        <li>
          <Crumb text={t("library.allFolders")} isCurrent={folder === ""} onPress={() => open("")} />
        </li>
        {breadcrumb(folder).map(({ path, name }) => (
          <li key={path}>
            <ChevronRight aria-hidden />
            <Crumb text={name} isCurrent={path === folder} onPress={() => open(path)} />
          </li>
        ))}
      </ol>
      {inside.length > 0 && (
        <ul aria-label={t("library.subfolders")} className={styles.folders}>
          {inside.map(({ path, name, total }) => (
            <li key={path}>
              <Button size="s" icon={<Folder aria-hidden />} onPress={() => open(path)}>
                <span className={styles.name}>{name}</span>
                <span className={styles.count}>{total.toLocaleString(locale)}</span>
              </Button>
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}

function Crumb({ text, isCurrent, onPress }: { text: string; isCurrent: boolean; onPress: () => void }) {
  if (isCurrent)
    return (
      <span aria-current="location" className={styles.current}>
        {text}
      </span>
    );
  return (
    <Button size="s" variant="ghost" onPress={onPress}>
      {text}
    </Button>
  );
}

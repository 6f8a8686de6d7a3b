import { useQuery } from "@tanstack/react-query";
import { watchFoldersQuery } from "@/api/intake";
import type { WatchFolderRecord } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { formatAgo, sentence } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { Badge, type Tone } from "@/ui/Badge";
import { FileProblems } from "./FileProblems";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

const STATES: Record<WatchFolderRecord["state"], { text: TextKey; tone: Tone }> = {
  pending: { text: "settings.folderPending", tone: "neutral" },
  available: { text: "settings.folderAvailable", tone: "good" },
  unavailable: { text: "settings.folderUnavailable", tone: "bad" },
};

/** Folders whose new videos are registered by themselves. */
export function WatchFoldersSection() {
  const folders = useQuery(watchFoldersQuery());
  return (
    <Section id="watch-folders" title={t("settings.watchFolders")} intro={t("settings.watchFoldersHelp")}>
      <Loaded query={folders}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.facts}>{t("settings.noWatchFolders")}</p>
          ) : (
            <ul className={styles.rows} aria-label={t("settings.watchFolders")}>
              {all.map((folder) => (
                <Folder key={folder.folder} value={folder} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function Folder({ value: folder }: { value: WatchFolderRecord }) {
  const now = useNow(true);
  const { text, tone } = STATES[folder.state];
  const { added, known, waiting, missing, failed, error, checked_at: checked } = folder;
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          <code>{folder.folder}</code> <Badge tone={tone}>{t(text)}</Badge>
        </p>
        <p className={styles.facts}>
          {t("settings.folderCounts", { added, known, waiting, missing, failed })}
          {checked && ` · ${t("settings.checkedAgo", { ago: formatAgo(checked, now) })}`}
        </p>
        {error && (
          <p className={styles.error}>
            {sentence(error.detail)} {error.remedy && sentence(error.remedy)}
          </p>
        )}
      </div>
      <FileProblems
        summary={t("settings.folderFiles", { count: folder.problems.length + folder.ignored_count })}
        problems={folder.problems}
        ignored={folder.ignored}
      />
    </li>
  );
}

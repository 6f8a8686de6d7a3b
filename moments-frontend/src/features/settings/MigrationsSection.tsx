import { useQuery } from "@tanstack/react-query";
import { migrationsQuery } from "@/api/intake";
import type { MigrationRecord } from "@/api/schema";
import { t } from "@/i18n";
import { formatAgo } from "@/lib/format";
import { useNow } from "@/lib/use-now";
import { Badge } from "@/ui/Badge";
import { FileProblems } from "./FileProblems";
import { Loaded, Section } from "./Section";
import styles from "./Settings.module.css";

/** The last `videomoments migrate` of each folder. */
export function MigrationsSection() {
  const migrations = useQuery(migrationsQuery());
  return (
    <Section id="migrations" title={t("settings.migrations")} intro={t("settings.migrationsHelp")}>
      <Loaded query={migrations}>
        {(all) =>
          all.length === 0 ? (
            <p className={styles.facts}>{t("settings.noMigrations")}</p>
          ) : (
            <ul className={styles.rows} aria-label={t("settings.migrations")}>
              {all.map((migration) => (
                <Migration key={migration.folder} value={migration} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  );
}

function Migration({ value: migration }: { value: MigrationRecord }) {
  const now = useNow(true);
  const { folder, added, skipped, failed, problems, finished_at: finished } = migration;
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p className={styles.name}>
          <code>{folder}</code> <State value={migration} />
        </p>
        <p className={styles.facts}>
          {t("settings.migrationCounts", { added, skipped, failed })} · {formatAgo(finished, now)}
        </p>
      </div>
      <FileProblems summary={t("settings.failedFiles", { count: failed })} problems={problems} />
      {failed > problems.length && (
        <p className={styles.facts}>{t("settings.moreFailed", { count: failed - problems.length })}</p>
      )}
    </li>
  );
}

function State({ value: { failed, is_interrupted: isInterrupted } }: { value: MigrationRecord }) {
  if (failed > 0) return <Badge tone="bad">{t("settings.failedFiles", { count: failed })}</Badge>;
  if (isInterrupted) return <Badge>{t("settings.migrationInterrupted")}</Badge>;
  return <Badge tone="good">{t("settings.migrationComplete")}</Badge>;
}

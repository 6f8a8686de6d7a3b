import { useQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { useActiveCount } from "@/api/run-events";
import { systemQuery } from "@/api/storage";
import { t } from "@/i18n";
import { sentence } from "@/lib/format";
import { RUNS_PATH } from "@/lib/routes";
import { LinkButton } from "@/ui/Button";
import { Section } from "./Section";
import styles from "./Settings.module.css";

/** Name of the workers among the parts of the installation. */
const WORKERS = "Workers";

/** Active runs, and the workers that process them. */
export function QueueSection() {
  const active = useActiveCount();
  const workers = useQuery(systemQuery()).data?.parts.find(({ name }) => name === WORKERS);
  return (
    <Section
      id="queue"
      title={t("settings.queue")}
      actions={
        <LinkButton size="s" href={RUNS_PATH} icon={<Activity aria-hidden />}>
          {t("settings.viewRuns")}
        </LinkButton>
      }
    >
      <p role="status">{t("settings.activeRuns", { count: active })}</p>
      {workers && (
        <p className={styles.facts}>
          {t("settings.workers", { detail: sentence(workers.detail) })}{" "}
          {workers.remedy && sentence(workers.remedy)}
        </p>
      )}
    </Section>
  );
}

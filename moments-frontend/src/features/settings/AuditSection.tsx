import { useInfiniteQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import type { AuditRecord } from "@/api/schema";
import { type AuditFilter, auditQuery } from "@/api/settings";
import { t } from "@/i18n";
import { formatExactDate } from "@/lib/format";
import { TextField } from "@/ui/Field";
import { Loaded, MoreButton, Section } from "./Section";
import styles from "./Settings.module.css";

const NO_FILTER: AuditFilter = { action: "", actor: "", target: "" };

/** The audit log, newest first. */
export function AuditSection() {
  const [filter, setFilter] = useState(NO_FILTER);
  const applied = useDeferredValue(filter);
  const audit = useInfiniteQuery({ ...auditQuery(applied), placeholderData: (previous) => previous });
  const change = (changes: Partial<AuditFilter>) => setFilter({ ...filter, ...changes });
  return (
    <Section id="audit" title={t("settings.audit")} intro={t("settings.auditHelp")}>
      <search className={styles.fields} aria-label={t("settings.audit")}>
        <TextField
          label={t("settings.auditAction")}
          placeholder="video.delete"
          maxLength={100}
          value={filter.action}
          onChange={(action) => change({ action })}
        />
        <TextField
          label={t("settings.auditActor")}
          maxLength={100}
          value={filter.actor}
          onChange={(actor) => change({ actor })}
        />
        <TextField
          label={t("settings.auditTarget")}
          maxLength={200}
          value={filter.target}
          onChange={(target) => change({ target })}
        />
      </search>
      <Loaded query={audit}>
        {({ pages }) => <Records records={pages.flatMap((page) => page.records)} />}
      </Loaded>
      <MoreButton query={audit} />
    </Section>
  );
}

function Records({ records }: { records: readonly AuditRecord[] }) {
  if (records.length === 0) return <p className={styles.facts}>{t("settings.noEntries")}</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll wide tables
    <section className={styles.scroll} tabIndex={0} aria-label={t("settings.auditEntries")}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t("settings.auditTime")}</th>
            <th scope="col">{t("settings.auditActor")}</th>
            <th scope="col">{t("settings.auditAction")}</th>
            <th scope="col">{t("settings.auditTarget")}</th>
            <th scope="col">{t("settings.auditDetails")}</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id}>
              <td>{formatExactDate(record.at)}</td>
              <td>{record.actor}</td>
              <td>
                <code>{record.action}</code>
              </td>
              <td className={styles.wide}>{record.target_id}</td>
              <td className={styles.wide}>{detailsText(record)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function detailsText({ details, client }: AuditRecord): string {
  const parts = Object.entries(details).map(
    ([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  return [...parts, client && t("settings.auditFrom", { client })].filter(Boolean).join(" · ");
}

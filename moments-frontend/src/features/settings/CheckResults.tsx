import type { CheckedItem, CheckResult } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { formatDuration, sentence } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import styles from "./Settings.module.css";

const ACTIONS: Record<CheckedItem["action"], { text: TextKey; tone: Tone }> = {
  add: { text: "settings.actionAdd", tone: "good" },
  skip: { text: "settings.actionSkip", tone: "neutral" },
  later: { text: "settings.actionLater", tone: "warn" },
  fail: { text: "settings.actionFail", tone: "bad" },
};

/** Result of a check or a dry run. */
export function CheckResults({ result: { title, found, known, items } }: { result: CheckResult }) {
  return (
    <section aria-label={t("settings.checkResult")} role="status">
      {title && <p className={styles.name}>{title}</p>}
      <p className={styles.facts}>{t("settings.checkFound", { count: found, known })}</p>
      <ul className={styles.rows}>
        {items.map((item) => (
          <Item key={item.url} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Item({ item: { url, title, action, reason, duration_seconds: seconds } }: { item: CheckedItem }) {
  const { text, tone } = ACTIONS[action];
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p>
          {title ?? url} <Badge tone={tone}>{t(text)}</Badge>
        </p>
        <p className={styles.facts}>
          {[seconds !== null && formatDuration(seconds), reason && sentence(reason)]
            .filter(Boolean)
            .join(" · ")}
        </p>
      </div>
    </li>
  );
}

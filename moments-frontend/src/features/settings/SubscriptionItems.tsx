import { useInfiniteQuery } from "@tanstack/react-query";
import { subscriptionItemsQuery } from "@/api/intake";
import type { SubscriptionItemRecord } from "@/api/schema";
import { type TextKey, t } from "@/i18n";
import { formatExactDate, sentence } from "@/lib/format";
import { Badge, type Tone } from "@/ui/Badge";
import { Loaded, MoreButton } from "./Section";
import styles from "./Settings.module.css";

const STATES: Record<SubscriptionItemRecord["state"], { text: TextKey; tone: Tone }> = {
  queued: { text: "settings.itemQueued", tone: "neutral" },
  added: { text: "settings.itemAdded", tone: "good" },
  skipped: { text: "settings.itemSkipped", tone: "neutral" },
  failed: { text: "settings.itemFailed", tone: "bad" },
};

interface SubscriptionItemsProps {
  id: string;
  /** Show only videos in this state. */
  state?: SubscriptionItemRecord["state"];
}

/** The videos that a subscription found, newest first. */
export function SubscriptionItems({ id, state }: SubscriptionItemsProps) {
  const list = useInfiniteQuery(subscriptionItemsQuery(id, state));
  return (
    <>
      <Loaded query={list}>{({ pages }) => <Items items={pages.flatMap(({ items }) => items)} />}</Loaded>
      <MoreButton query={list} />
    </>
  );
}

function Items({ items }: { items: readonly SubscriptionItemRecord[] }) {
  if (items.length === 0) return <p className={styles.facts}>{t("settings.noItems")}</p>;
  return (
    <ul className={styles.rows} aria-label={t("settings.items")}>
      {items.map((item) => (
        <Item key={item.key} item={item} />
      ))}
    </ul>
  );
}

function Item({ item: { url, title, state, reason, seen_at: seen } }: { item: SubscriptionItemRecord }) {
  const { text, tone } = STATES[state];
  return (
    <li className={styles.row}>
      <div className={styles.text}>
        <p>
          {title ?? url} <Badge tone={tone}>{t(text)}</Badge>
        </p>
        <p className={styles.facts}>{formatExactDate(seen)}</p>
        {reason && <p className={styles.facts}>{sentence(reason)}</p>}
      </div>
    </li>
  );
}

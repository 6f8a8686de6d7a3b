import { useInfiniteQuery } from "@tanstack/react-query";
import { Undo2 } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { dismissedQuery, undismissDuplicates } from "@/api/duplicates";
import type { DismissedPair } from "@/api/schema";
import { t } from "@/i18n";
import { formatAgo, formatExactDate } from "@/lib/format";
import { watchPath } from "@/lib/routes";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./DismissedPairs.module.css";

/** The pairs that were marked as not duplicates; nothing without any. */
export function DismissedPairs() {
  const list = useInfiniteQuery(dismissedQuery());
  const pairs = list.data?.pages.flatMap((page) => page.pairs) ?? [];
  if (list.isError && !list.data)
    return <ErrorState isSmall error={list.error} onRetry={() => void list.refetch()} />;
  if (pairs.length === 0) return null;
  return (
    <section aria-labelledby="dismissed-pairs" className={styles.section}>
      <h2 id="dismissed-pairs">{t("duplicates.dismissedPairs")}</h2>
      <ul className={styles.list} aria-labelledby="dismissed-pairs">
        {pairs.map((pair) => (
          <Pair key={pair.videos.map(({ id }) => id).join("\n")} pair={pair} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
          {t("duplicates.more")}
        </Button>
      )}
    </section>
  );
}

function Pair({ pair: { videos, dismissed_at: date } }: { pair: DismissedPair }) {
  const [isPending, setPending] = useState(false);
  async function undo() {
    setPending(true);
    try {
      await undismissDuplicates(videos.map(({ id }) => id));
      toast(t("duplicates.undone"));
    } catch (error) {
      toastError(t("duplicates.undoFailed"), error);
    } finally {
      setPending(false);
    }
  }
  const [first, second] = videos.map(({ title }) => title);
  return (
    <li className={styles.pair}>
      <span className={styles.titles}>
        {videos.map(({ id, title }) => (
          <Link key={id} to={watchPath(id)}>
            {title}
          </Link>
        ))}
      </span>
      <time className={styles.date} dateTime={date} title={formatExactDate(date)}>
        {formatAgo(date)}
      </time>
      <Button
        size="s"
        icon={<Undo2 aria-hidden />}
        isPending={isPending}
        aria-label={t("duplicates.undoPair", { first: first ?? "", second: second ?? "" })}
        onPress={() => void undo()}
      >
        {t("common.undo")}
      </Button>
    </li>
  );
}

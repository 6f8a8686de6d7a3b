import type { UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import { Boundary } from "@/ui/Boundary";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./Settings.module.css";

interface SectionProps {
  /** Anchor in the page's address. */
  id: string;
  title: string;
  intro?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of the settings page. What fails in it stays in it. */
export function Section({ id, title, intro, actions, children }: SectionProps) {
  return (
    <section id={id} aria-labelledby={`${id}-title`} className={styles.section}>
      <header className={styles.header}>
        <h2 id={`${id}-title`}>{title}</h2>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {intro && <p className={styles.intro}>{intro}</p>}
      <Boundary place="panel">{children}</Boundary>
    </section>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, "data" | "isPending" | "error" | "refetch">;
  children: (data: Data) => ReactNode;
}

/** Shows a query's data, or why there is none. */
export function Loaded<Data>({ query, children }: LoadedProps<Data>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isPending) return <Skeleton height="6rem" style={{ borderRadius: "var(--radius-m)" }} />;
  return <ErrorState isSmall error={query.error} onRetry={() => void query.refetch()} />;
}

interface MoreButtonProps {
  query: Pick<UseInfiniteQueryResult, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage">;
}

/** Loads the next page of a list, unless all are shown. */
export function MoreButton({ query }: MoreButtonProps) {
  if (!query.hasNextPage) return null;
  return (
    <Button size="s" isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
      {t("settings.showMore")}
    </Button>
  );
}

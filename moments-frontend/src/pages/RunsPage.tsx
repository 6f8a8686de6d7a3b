import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Activity, ListX } from "lucide-react";
import { useMemo } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { navigate, useSearch } from "wouter/use-browser-location";
import { runKey, useLiveRuns } from "@/api/run-events";
import { clearFinishedRuns, isActive, type RunFilter, runsQuery } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { RunItem } from "@/features/runs/RunItem";
import { type TextKey, t } from "@/i18n";
import { LIBRARY_PATH, RUNS_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./RunsPage.module.css";

type Filter = RunFilter | "all";

const FILTERS: { value: Filter; label: TextKey }[] = [
  { value: "all", label: "runs.all" },
  { value: "active", label: "runs.running" },
  { value: "failed", label: "runs.failed" },
  { value: "completed", label: "runs.completed" },
  { value: "cancelled", label: "runs.cancelled" },
];

export function RunsPage() {
  useDocumentTitle(t("app.runs"));
  const search = useSearch();
  const filter = useMemo(() => parseFilter(search), [search]);
  const list = useInfiniteQuery(runsQuery(filter === "all" ? null : filter));
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];

  return (
    <main className={styles.page}>
      <h1>{t("app.runs")}</h1>
      <p className={styles.intro}>{t("runs.intro")}</p>
      <div className={styles.toolbar}>
        <FilterButtons filter={filter} />
        {runs.some((run) => !isActive(run)) && <ClearButton />}
      </div>
      {list.isPending ? (
        <div className={styles.list} aria-busy>
          {[1, 2, 3].map((place) => (
            <Skeleton key={place} height="6.5rem" style={{ borderRadius: "var(--radius-l)" }} />
          ))}
        </div>
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : runs.length === 0 ? (
        <NoRuns isFiltered={filter !== "all"} />
      ) : (
        <RunList runs={runs} />
      )}
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            {t("runs.loadMore")}
          </Button>
        </div>
      )}
    </main>
  );
}

function FilterButtons({ filter }: { filter: Filter }) {
  return (
    <ToggleButtonGroup
      aria-label={t("runs.filter")}
      className={styles.filters ?? ""}
      disallowEmptySelection
      selectedKeys={[filter]}
      onSelectionChange={([key]) =>
        navigate(key === "all" ? RUNS_PATH : `${RUNS_PATH}?show=${key}`, { replace: true })
      }
    >
      {FILTERS.map(({ value, label }) => (
        <ToggleButton key={value} id={value} className={styles.filter ?? ""}>
          {t(label)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

/** Removes ended runs from the list. */
function ClearButton() {
  const clear = useMutation({
    mutationFn: clearFinishedRuns,
    onSuccess: (count) => toast(t("runs.cleared", { count })),
    onError: (error) => toastError(t("runs.couldNotClear"), error),
  });
  return (
    <Button size="s" icon={<ListX aria-hidden />} isPending={clear.isPending} onPress={() => clear.mutate()}>
      {t("runs.clearFinished")}
    </Button>
  );
}

function RunList({ runs }: { runs: readonly RunState[] }) {
  const { runs: live } = useLiveRuns();
  return (
    <ul className={styles.list} aria-label={t("app.runs")}>
      {runs.map((run) => {
        const latest = live.get(runKey(run.video_id, run.kind));
        return <RunItem key={run.request_id} run={latest?.request_id === run.request_id ? latest : run} />;
      })}
    </ul>
  );
}

function NoRuns({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState
      icon={<Activity />}
      title={t(isFiltered ? "runs.noMatching" : "runs.none")}
      actions={
        <LinkButton href={LIBRARY_PATH} variant="primary">
          {t("runs.goToLibrary")}
        </LinkButton>
      }
    >
      {t("runs.noneHelp")}
    </EmptyState>
  );
}

function parseFilter(search: string): Filter {
  const value = new URLSearchParams(search).get("show");
  return FILTERS.find((filter) => filter.value === value)?.value ?? "all";
}

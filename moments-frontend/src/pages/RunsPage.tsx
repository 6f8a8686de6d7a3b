import { useInfiniteQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { useMemo } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { navigate, useSearch } from "wouter/use-browser-location";
import { runKey, useLiveRuns } from "@/api/run-events";
import { type RunFilter, runsQuery } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { RunItem } from "@/features/runs/RunItem";
import { LIBRARY_PATH, RUNS_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./RunsPage.module.css";

type Filter = RunFilter | "all";

const FILTERS: { value: Filter; label: string }[] = [
  { value: "all", label: "All" },
  { value: "active", label: "Running" },
  { value: "failed", label: "Failed" },
  { value: "completed", label: "Completed" },
  { value: "cancelled", label: "Cancelled" },
];

export function RunsPage() {
  useDocumentTitle("Runs");
  const search = useSearch();
  const filter = useMemo(() => parseFilter(search), [search]);
  const list = useInfiniteQuery(runsQuery(filter === "all" ? null : filter));
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];

  return (
    <main className={styles.page}>
      <h1>Runs</h1>
      <p className={styles.intro}>
        A run finds the moments of a video (download, transcription, clips), or makes a copy that every
        browser can play.
      </p>
      <FilterButtons filter={filter} />
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
            Load more
          </Button>
        </div>
      )}
    </main>
  );
}

function FilterButtons({ filter }: { filter: Filter }) {
  return (
    <ToggleButtonGroup
      aria-label="Filter runs"
      className={styles.filters ?? ""}
      disallowEmptySelection
      selectedKeys={[filter]}
      onSelectionChange={([key]) =>
        navigate(key === "all" ? RUNS_PATH : `${RUNS_PATH}?show=${key}`, { replace: true })
      }
    >
      {FILTERS.map(({ value, label }) => (
        <ToggleButton key={value} id={value} className={styles.filter ?? ""}>
          {label}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

function RunList({ runs }: { runs: readonly RunState[] }) {
  const { runs: live } = useLiveRuns();
  return (
    <ul className={styles.list} aria-label="Runs">
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
      title={isFiltered ? "No matching runs" : "No runs yet"}
      actions={
        <LinkButton href={LIBRARY_PATH} variant="primary">
          Go to library
        </LinkButton>
      }
    >
      Add a link, or open a video and find its moments.
    </EmptyState>
  );
}

function parseFilter(search: string): Filter {
  const value = new URLSearchParams(search).get("show");
  return FILTERS.find((filter) => filter.value === value)?.value ?? "all";
}

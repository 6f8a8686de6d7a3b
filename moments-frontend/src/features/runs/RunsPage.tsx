import { useInfiniteQuery } from "@tanstack/react-query";
import { Activity } from "lucide-react";
import { useMemo } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { navigate, useSearch } from "wouter/use-browser-location";
import { type RunFilter, runsQuery } from "@/api/runs";
import { useTitle } from "@/app/title";
import { Button, LinkButton } from "@/ui/Button";
import { Skeleton } from "@/ui/Skeleton";
import { ErrorState, State } from "@/ui/State";
import { useLiveRuns } from "./live-runs";
import { RunItem } from "./RunItem";
import styles from "./RunsPage.module.css";

const FILTERS: { value: RunFilter | "all"; label: string }[] = [
  { value: "all", label: "All" },
  { value: "active", label: "Under way" },
  { value: "failed", label: "Failed" },
  { value: "completed", label: "Completed" },
  { value: "cancelled", label: "Cancelled" },
];

/** Every run of the pipeline, as it happens. */
export function RunsPage() {
  useTitle("Runs");
  const search = useSearch();
  const chosen = useMemo(() => chosenOf(search), [search]);
  const list = useInfiniteQuery(runsQuery(chosen === "all" ? null : chosen));
  const { runs: live } = useLiveRuns();
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];

  return (
    <main className={styles.page}>
      <h1>Runs</h1>
      <p className={styles.intro}>
        What is done with videos: fetched, written down, searched for moments, cut.
      </p>
      <ToggleButtonGroup
        aria-label="Which runs"
        className={styles.filters ?? ""}
        disallowEmptySelection
        selectedKeys={[chosen]}
        onSelectionChange={([key]) =>
          navigate(key === "all" ? "/runs" : `/runs?show=${key}`, { replace: true })
        }
      >
        {FILTERS.map(({ value, label }) => (
          <ToggleButton key={value} id={value} className={styles.filter ?? ""}>
            {label}
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {list.isPending ? (
        <div className={styles.list} aria-busy>
          {[1, 2, 3].map((place) => (
            <Skeleton key={place} height="6.5rem" style={{ borderRadius: "var(--radius-l)" }} />
          ))}
        </div>
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : runs.length === 0 ? (
        <State
          icon={<Activity />}
          title={chosen === "all" ? "Nothing has run yet" : "There is no such run"}
          actions={
            <LinkButton href="/" variant="primary">
              To the library
            </LinkButton>
          }
        >
          Add a link, or open a video and look for its moments.
        </State>
      ) : (
        <ul className={styles.list} aria-label="Runs">
          {runs.map((run) => {
            const now = live.get(run.video_id);
            return <RunItem key={run.request_id} run={now?.request_id === run.request_id ? now : run} />;
          })}
        </ul>
      )}
      {list.hasNextPage && (
        <div className={styles.more}>
          <Button isPending={list.isFetchingNextPage} onPress={() => void list.fetchNextPage()}>
            Show older ones
          </Button>
        </div>
      )}
    </main>
  );
}

function chosenOf(search: string): RunFilter | "all" {
  const asked = new URLSearchParams(search).get("show");
  return FILTERS.find(({ value }) => value === asked)?.value ?? "all";
}

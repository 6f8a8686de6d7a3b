import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Activity, ListX } from "lucide-react";
import { useMemo } from "react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import { Link } from "wouter";
import { navigate, useSearch } from "wouter/use-browser-location";
import { runKey, useLiveRuns } from "@/api/run-events";
import { clearFinishedRuns, isActive, runsQuery } from "@/api/runs";
import type { RunState } from "@/api/schema";
import {
  CHOICES,
  KINDS,
  parseRunFilters,
  purposesOf,
  type RunFilters,
  runsUrl,
} from "@/features/runs/filter";
import { RunItem } from "@/features/runs/RunItem";
import { t } from "@/i18n";
import { LIBRARY_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Select } from "@/ui/Select";
import { Skeleton } from "@/ui/Skeleton";
import { toast, toastError } from "@/ui/Toasts";
import styles from "./RunsPage.module.css";

export function RunsPage() {
  useDocumentTitle(t("app.runs"));
  const search = useSearch();
  const filters = useMemo(() => parseRunFilters(search), [search]);
  const { show, kind } = filters;
  const list = useInfiniteQuery(runsQuery(show === "all" ? null : show, purposesOf(kind)));
  const runs = list.data?.pages.flatMap((page) => page.runs) ?? [];

  return (
    <main className={styles.page}>
      <h1>{t("app.runs")}</h1>
      <p className={styles.intro}>{t("runs.intro")}</p>
      <div className={styles.toolbar}>
        <StatusFilter filters={filters} />
        <div className={styles.actions}>
          <KindFilter filters={filters} />
          {runs.some((run) => !isActive(run)) && <ClearButton />}
        </div>
      </div>
      <HiddenCopies filters={filters} />
      {list.isPending ? (
        <div className={styles.list} aria-busy>
          {[1, 2, 3].map((place) => (
            <Skeleton key={place} height="6.5rem" style={{ borderRadius: "var(--radius-l)" }} />
          ))}
        </div>
      ) : list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : runs.length === 0 ? (
        <NoRuns isFiltered={show !== "all" || kind !== "requested"} />
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

interface FilterProps {
  filters: RunFilters;
}

function StatusFilter({ filters }: FilterProps) {
  return (
    <ToggleButtonGroup
      aria-label={t("runs.filter")}
      className={styles.filters ?? ""}
      disallowEmptySelection
      selectedKeys={[filters.show]}
      onSelectionChange={([key]) => openFiltered({ ...filters, show: key as RunFilters["show"] })}
    >
      {CHOICES.map(({ value, label }) => (
        <ToggleButton key={value} id={value} className={styles.filter ?? ""}>
          {t(label)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

function KindFilter({ filters }: FilterProps) {
  return (
    <Select
      label={t("runs.kind")}
      hideLabel
      options={KINDS.map(({ value, label }) => ({ value, label: t(label) }))}
      value={filters.kind}
      onChange={(kind) => openFiltered({ ...filters, kind })}
    />
  );
}

function openFiltered(filters: RunFilters): void {
  navigate(runsUrl(filters), { replace: true });
}

/** Number of active playback copies, which the default list leaves out. */
function HiddenCopies({ filters }: FilterProps) {
  const { runs } = useLiveRuns();
  const count = [...runs.values()].filter((run) => run.kind === "playback" && isActive(run)).length;
  if (filters.kind !== "requested" || count === 0) return null;
  return (
    <p className={styles.hidden}>
      {t("runs.copiesActive", { count })}{" "}
      <Link to={runsUrl({ show: "active", kind: "playback" })}>{t("runs.showCopies")}</Link>
    </p>
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

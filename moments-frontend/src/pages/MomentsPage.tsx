import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Bookmark, ListChecks, Play, SearchX } from "lucide-react";
import { type ReactNode, useCallback, useMemo, useState } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { libraryMomentsQuery } from "@/api/moments";
import { ExportMomentButton, ExportMomentsButton } from "@/features/exports/ExportActions";
import { LibrarySelectionBar } from "@/features/moments/library/LibrarySelectionBar";
import { type LibraryItem, MomentRows } from "@/features/moments/library/MomentRows";
import { MomentToolbar } from "@/features/moments/library/MomentToolbar";
import {
  DEFAULT_MOMENT_FILTERS,
  isMomentFilterActive,
  type MomentFilters,
  parseMomentFilters,
  toMomentQuery,
  toMomentSearch,
} from "@/features/moments/library/moment-filter";
import { libraryKey } from "@/features/moments/library/use-library-moments";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { LIBRARY_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { type ListSelection, useSelection } from "@/lib/use-selection";
import { Boundary } from "@/ui/Boundary";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./MomentsPage.module.css";

const PlayThrough = lazy(async () => ({
  default: (await import("@/features/moments/library/PlayThrough")).PlayThrough,
}));

/** The moments of all videos. */
export function MomentsPage() {
  useDocumentTitle(t("common.moments"));
  const [filters, setFilters] = useFilters();
  const { list, items, total, onMore } = useMomentList(filters);
  const selection = useSelection(items);
  const [playing, setPlaying] = useState<number | null>(null);
  const isFiltered = isMomentFilterActive(filters);
  return (
    <main className={styles.page}>
      <Header total={total}>
        {items.length > 0 && <HeaderButtons selection={selection} onPlay={() => setPlaying(0)} />}
      </Header>
      {(total !== 0 || isFiltered) && <MomentToolbar filters={filters} onChange={setFilters} />}
      {selection.isActive && <Selection selection={selection} shown={items.length} />}
      {list.isPending ? (
        <Loading />
      ) : !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 ? (
        <NoMoments onClear={isFiltered ? () => setFilters(DEFAULT_MOMENT_FILTERS) : null} />
      ) : (
        <div aria-busy={list.isPlaceholderData} className={list.isPlaceholderData ? styles.stale : undefined}>
          <MomentRows
            items={items}
            total={total ?? items.length}
            onMore={onMore}
            onPlay={setPlaying}
            selection={selection}
            momentActions={(moment) => <ExportMomentButton videoId={moment.video.id} moment={moment} />}
          />
        </div>
      )}
      {list.isFetchNextPageError && (
        <ErrorState isSmall error={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
      {playing !== null && (
        <Boundary place="dialog" onClose={() => setPlaying(null)}>
          <PlayThrough
            moments={items.map(({ moment }) => moment)}
            total={total ?? items.length}
            first={playing}
            onMore={onMore}
            onClose={() => setPlaying(null)}
          />
        </Boundary>
      )}
    </main>
  );
}

/** The pages that are loaded, as one list. */
function useMomentList(filters: MomentFilters) {
  const query = libraryMomentsQuery(toMomentQuery(filters));
  const list = useInfiniteQuery({ ...query, placeholderData: keepPreviousData });
  const items = useMemo(
    () =>
      list.data?.pages.flatMap((page) =>
        page.moments.map((moment): LibraryItem => ({ id: libraryKey(moment), moment })),
      ) ?? [],
    [list.data],
  );
  const { fetchNextPage } = list;
  const loadMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const canLoadMore = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;
  return { list, items, total: list.data?.pages[0]?.total, onMore: canLoadMore ? loadMore : null };
}

/** Keep the filters in the URL; a change scrolls to the top. */
function useFilters(): [MomentFilters, (change: Partial<MomentFilters>) => void] {
  const search = useSearch();
  const filters = useMemo(() => parseMomentFilters(search), [search]);
  const setFilters = useCallback((change: Partial<MomentFilters>) => {
    const next = { ...parseMomentFilters(location.search), ...change };
    navigate(location.pathname + toMomentSearch(next), { replace: true });
    window.scrollTo(0, 0);
  }, []);
  return [filters, setFilters];
}

function Header({ total, children }: { total: number | undefined; children: ReactNode }) {
  return (
    <header className={styles.header}>
      <h1>{t("common.moments")}</h1>
      <p role="status" className={styles.count}>
        {total === undefined ? "" : t("common.momentCount", { count: total })}
      </p>
      <div className={styles.buttons}>{children}</div>
    </header>
  );
}

interface HeaderButtonsProps {
  selection: ListSelection<LibraryItem>;
  onPlay: () => void;
}

function HeaderButtons({ selection, onPlay }: HeaderButtonsProps) {
  return (
    <>
      {!selection.isActive && (
        <Button size="s" icon={<ListChecks aria-hidden />} onPress={() => selection.start()}>
          {t("common.select")}
        </Button>
      )}
      <Button size="s" variant="primary" icon={<Play aria-hidden />} onPress={onPlay}>
        {t("moments.playAll")}
      </Button>
    </>
  );
}

function Selection({ selection, shown }: { selection: ListSelection<LibraryItem>; shown: number }) {
  const moments = [...selection.items.values()].map(({ moment }) => ({
    ...moment,
    video_id: moment.video.id,
  }));
  return (
    <LibrarySelectionBar selection={selection} shown={shown}>
      <ExportMomentsButton moments={moments} />
    </LibrarySelectionBar>
  );
}

/** @param onClear removes the filters; null without any. */
function NoMoments({ onClear }: { onClear: (() => void) | null }) {
  if (onClear)
    return (
      <EmptyState
        icon={<SearchX />}
        title={t("common.noResults")}
        actions={<Button onPress={onClear}>{t("common.clearFilters")}</Button>}
      >
        {t("common.tryFewerWords")}
      </EmptyState>
    );
  return (
    <EmptyState
      icon={<Bookmark />}
      title={t("moments.noMomentsYet")}
      actions={<LinkButton href={LIBRARY_PATH}>{t("common.goToLibrary")}</LinkButton>}
    >
      <p>{t("moments.openAVideoToFind")}</p>
    </EmptyState>
  );
}

function Loading() {
  return (
    <div className={styles.loading} aria-busy>
      {["a", "b", "c", "d", "e"].map((key) => (
        <Skeleton key={key} height="7.2rem" style={{ borderRadius: "var(--radius-m)" }} />
      ))}
    </div>
  );
}

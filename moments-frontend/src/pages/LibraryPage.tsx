import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Clapperboard, Copy, ListChecks, SearchX, Trash2 } from "lucide-react";
import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { organiseVideo } from "@/api/organise";
import type { VideoSummary } from "@/api/schema";
import { videosQuery } from "@/api/videos";
import { openExportDialog } from "@/features/exports/dialog-store";
import { ActiveDownloads } from "@/features/library/ActiveDownloads";
import {
  DEFAULT_FILTERS,
  hasActiveFilters,
  parseFilters,
  toQuery,
  toSearchParams,
  type VideoFilters,
} from "@/features/library/filter";
import { Toolbar } from "@/features/library/Toolbar";
import { type OpenMenu, VideoGrid } from "@/features/library/VideoGrid";
import { openUploadDialog } from "@/features/upload/dialog-store";
import { rich, t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { DUPLICATES_PATH, TRASH_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { type ListSelection, useSelection } from "@/lib/use-selection";
import { Boundary } from "@/ui/Boundary";
import { Button, LinkButton } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { toastError } from "@/ui/Toasts";
import styles from "./LibraryPage.module.css";
import { prefetchVideo } from "./prefetch";

const VideoMenu = lazy(async () => ({ default: (await import("@/features/video/VideoMenu")).VideoMenu }));
const SelectionBar = lazy(async () => ({
  default: (await import("@/features/library/SelectionBar")).SelectionBar,
}));
const ContinueWatching = lazy(async () => ({
  default: (await import("@/features/library/ContinueWatching")).ContinueWatching,
}));

/** Number of placeholders while the number of videos is unknown. */
const PLACEHOLDERS = 24;

const prefetch = (videoId: string) => void prefetchVideo(videoId);

export function LibraryPage() {
  useDocumentTitle(t("common.library"));
  const [filters, setFilters] = useFilters();
  const query = useMemo(() => toQuery(filters), [filters]);
  const list = useInfiniteQuery({ ...videosQuery(query), placeholderData: keepPreviousData });
  const videos = useMemo(() => list.data?.pages.flatMap((page) => page.videos) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  const isFiltered = hasActiveFilters(filters);
  const selection = useSelection(videos, toSearchParams({ ...filters, sort: DEFAULT_FILTERS.sort }));
  return (
    <main>
      <Header
        total={total}
        onSelect={videos.length > 0 && !selection.isActive ? () => selection.start() : null}
      />
      {(total !== 0 || isFiltered) && <Toolbar filters={filters} onChange={setFilters} />}
      <ActiveDownloads />
      {selection.isActive ? (
        <Boundary place="panel">
          <SelectionBar selection={selection} total={total ?? 0} query={query} />
        </Boundary>
      ) : (
        !isFiltered &&
        total !== undefined &&
        total > 0 && (
          <Boundary place="nowhere">
            <ContinueWatching onHover={prefetch} />
          </Boundary>
        )
      )}
      <List
        list={list}
        videos={videos}
        total={total}
        selection={selection}
        onClear={isFiltered ? () => setFilters({ ...DEFAULT_FILTERS, sort: filters.sort }) : null}
      />
    </main>
  );
}

interface ListProps {
  list: ReturnType<typeof useInfiniteQuery<unknown>> & { isPlaceholderData: boolean };
  videos: readonly VideoSummary[];
  total: number | undefined;
  selection: ListSelection<VideoSummary>;
  /** Clears the filters; null without any. */
  onClear: (() => void) | null;
}

/** The grid, or why there is none. */
function List({ list, videos, total, selection, onClear }: ListProps) {
  const { fetchNextPage } = list;
  const { start } = selection;
  const renderMenu = useCallback(
    (menu: OpenMenu) => (
      <VideoMenu
        {...menu}
        onSelect={() => start(menu.video)}
        onExport={() => openExportDialog({ videoId: menu.video.id, parts: "all" })}
      />
    ),
    [start],
  );
  const loadMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const canLoadMore = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;
  if (list.isError && !list.data)
    return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (total === 0) return <NoVideos onClear={onClear} />;
  return (
    <>
      <div aria-busy={list.isPending} className={list.isPlaceholderData ? styles.stale : undefined}>
        <VideoGrid
          videos={videos}
          total={total ?? PLACEHOLDERS}
          onMore={canLoadMore ? loadMore : null}
          onHover={prefetch}
          onFavorite={toggleFavorite}
          selection={selection}
          renderMenu={renderMenu}
        />
      </div>
      {list.isFetchNextPageError && (
        <ErrorState isSmall error={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
    </>
  );
}

function toggleFavorite({ id, title, is_favorite: isFavorite }: VideoSummary): void {
  organiseVideo(id, { is_favorite: !isFavorite }).catch((error: unknown) =>
    toastError(t("library.favoriteFailed", { title }), error),
  );
}

interface HeaderProps {
  /** Number of videos, once it is known. */
  total: number | undefined;
  /** Starts a selection; null hides the button. */
  onSelect: (() => void) | null;
}

function Header({ total, onSelect }: HeaderProps) {
  return (
    <header className={styles.header}>
      <h1>{t("common.library")}</h1>
      <p role="status" className={styles.count}>
        {total === undefined ? "" : t("library.count", { count: total })}
      </p>
      <div className={styles.tools}>
        <LinkButton size="s" variant="ghost" href={DUPLICATES_PATH} icon={<Copy aria-hidden />}>
          <span className={styles.toolText}>{t("library.duplicates")}</span>
        </LinkButton>
        <LinkButton size="s" variant="ghost" href={TRASH_PATH} icon={<Trash2 aria-hidden />}>
          <span className={styles.toolText}>{t("library.trash")}</span>
        </LinkButton>
        {onSelect && (
          <Button size="s" icon={<ListChecks aria-hidden />} onPress={onSelect}>
            {t("common.select")}
          </Button>
        )}
      </div>
    </header>
  );
}

/** Keep the filters in the URL; a change scrolls to the top. */
function useFilters(): [VideoFilters, (change: Partial<VideoFilters>) => void] {
  const search = useSearch();
  const filters = useMemo(() => parseFilters(new URLSearchParams(search)), [search]);
  const setFilters = useCallback((change: Partial<VideoFilters>) => {
    const before = parseFilters(new URLSearchParams(location.search));
    navigate(location.pathname + toSearchParams({ ...before, ...change }), { replace: true });
  }, []);
  const current = toSearchParams(filters);
  const previous = useRef(current);
  useLayoutEffect(() => {
    if (previous.current !== current) window.scrollTo(0, 0);
    previous.current = current;
  }, [current]);
  return [filters, setFilters];
}

function NoVideos({ onClear }: Pick<ListProps, "onClear">) {
  if (onClear) {
    return (
      <EmptyState
        icon={<SearchX />}
        title={t("common.noResults")}
        actions={<Button onPress={onClear}>{t("common.clearFilters")}</Button>}
      >
        {t("common.tryFewerWords")}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Clapperboard />}
      title={t("library.empty")}
      actions={
        <Button variant="primary" onPress={() => openUploadDialog()}>
          {t("library.addVideos")}
        </Button>
      }
    >
      <p>{t("library.emptyHelp")}</p>
      <p>
        {rich("library.emptyCommands", {
          demo: <code>make demo</code>,
          migrate: <code>make migrate</code>,
        })}
      </p>
    </EmptyState>
  );
}

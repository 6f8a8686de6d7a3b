import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Captions, Clapperboard, ListChecks, SearchX } from "lucide-react";
import { lazy, Suspense, useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { transcribeVideo } from "@/api/runs";
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
import type { BulkAction } from "@/features/library/SelectionBar";
import { Toolbar } from "@/features/library/Toolbar";
import { type OpenMenu, VideoGrid } from "@/features/library/VideoGrid";
import { openUploadDialog } from "@/features/upload/dialog-store";
import { plural } from "@/lib/format";
import { RUNS_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { useSelection } from "@/lib/use-selection";
import { Button } from "@/ui/Button";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import styles from "./LibraryPage.module.css";
import { prefetchVideo } from "./prefetch";

const VideoMenu = lazy(async () => ({ default: (await import("@/features/video/VideoMenu")).VideoMenu }));
const SelectionBar = lazy(async () => ({
  default: (await import("@/features/library/SelectionBar")).SelectionBar,
}));

/** Number of placeholders while the number of videos is unknown. */
const PLACEHOLDERS = 24;

const prefetch = (videoId: string) => void prefetchVideo(videoId);

export function LibraryPage() {
  useDocumentTitle("Library");
  const [filters, setFilters] = useFilters();
  const list = useInfiniteQuery({ ...videosQuery(toQuery(filters)), placeholderData: keepPreviousData });
  const videos = useMemo(() => list.data?.pages.flatMap((page) => page.videos) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  const { fetchNextPage } = list;
  const selection = useSelection(videos);
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

  return (
    <main>
      <Header total={total} onSelect={videos.length > 0 && !selection.isActive ? () => start() : null} />
      {(total !== 0 || hasActiveFilters(filters)) && <Toolbar filters={filters} onChange={setFilters} />}
      <ActiveDownloads />
      {selection.isActive && (
        <Suspense fallback={null}>
          <SelectionBar selection={selection} shown={videos.length} actions={ACTIONS} />
        </Suspense>
      )}
      {list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 ? (
        <NoVideos
          isFiltered={hasActiveFilters(filters)}
          onClear={() => setFilters({ ...DEFAULT_FILTERS, sort: filters.sort })}
        />
      ) : (
        <div aria-busy={list.isPending} className={list.isPlaceholderData ? styles.stale : undefined}>
          <VideoGrid
            videos={videos}
            total={total ?? PLACEHOLDERS}
            onMore={canLoadMore ? loadMore : null}
            onHover={prefetch}
            selection={selection}
            renderMenu={renderMenu}
          />
        </div>
      )}
      {list.isFetchNextPageError && (
        <ErrorState isSmall error={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
    </main>
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
      <h1>Library</h1>
      <p role="status" className={styles.count}>
        {total === undefined ? "" : plural(total, "video")}
      </p>
      {onSelect && (
        <Button size="s" className={styles.select ?? ""} icon={<ListChecks aria-hidden />} onPress={onSelect}>
          Select
        </Button>
      )}
    </header>
  );
}

/** Actions for all selected videos. */
const ACTIONS: readonly BulkAction[] = [
  {
    id: "transcribe",
    label: "Transcribe",
    icon: <Captions aria-hidden />,
    run: async ({ id, has_transcript: isTranscribed }) => {
      if (isTranscribed) return "skipped";
      await transcribeVideo(id);
      return "done";
    },
    summary: (started, skipped) =>
      [
        started > 0 && `${plural(started, "transcription")} started`,
        skipped > 0 && `${plural(skipped, "video")} already transcribed`,
      ]
        .filter(Boolean)
        .join(", "),
    followUp: { label: "View runs", onPress: () => navigate(RUNS_PATH) },
  },
];

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

function NoVideos({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={<SearchX />}
        title="No results"
        actions={<Button onPress={onClear}>Clear filters</Button>}
      >
        Try fewer words or clear filters.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Clapperboard />}
      title="Your library is empty"
      actions={
        <Button variant="primary" onPress={() => openUploadDialog()}>
          Add videos
        </Button>
      }
    >
      <p>Drop files anywhere on this page, or paste a link.</p>
      <p>
        <code>make demo</code> adds a few sample talks, and <code>make migrate</code> imports a folder.
      </p>
    </EmptyState>
  );
}

import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Clapperboard, SearchX } from "lucide-react";
import { useCallback, useLayoutEffect, useMemo, useRef } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { videosQuery } from "@/api/videos";
import { useTitle } from "@/app/title";
import { openAdd } from "@/features/add/open";
import { plural } from "@/lib/format";
import { Button } from "@/ui/Button";
import { ErrorState, State } from "@/ui/State";
import { type Choices, choicesOf, isNarrowed, NOTHING_CHOSEN, searchOf, toFilter } from "./filter";
import { Incoming } from "./Incoming";
import styles from "./LibraryPage.module.css";
import { Toolbar } from "./Toolbar";
import { VideoGrid } from "./VideoGrid";

/** How many places are drawn while nobody knows how many videos there are. */
const PLACES = 24;

export function LibraryPage() {
  useTitle("Library");
  const search = useSearch();
  const choices = useMemo(() => choicesOf(new URLSearchParams(search)), [search]);
  const change = useCallback((wanted: Partial<Choices>) => {
    const before = choicesOf(new URLSearchParams(location.search));
    navigate(location.pathname + searchOf({ ...before, ...wanted }), { replace: true });
  }, []);
  useTop(searchOf(choices));
  const list = useInfiniteQuery({ ...videosQuery(toFilter(choices)), placeholderData: keepPreviousData });
  const videos = useMemo(() => list.data?.pages.flatMap((page) => page.videos) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total;
  const { fetchNextPage } = list;
  const more = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  const canAsk = list.hasNextPage && !list.isFetchingNextPage && !list.isFetchNextPageError;

  return (
    <main>
      <header className={styles.header}>
        <h1>Library</h1>
        <p role="status" className={styles.count}>
          {total === undefined ? "" : plural(total, "video")}
        </p>
      </header>
      {(total !== 0 || isNarrowed(choices)) && <Toolbar choices={choices} onChange={change} />}
      <Incoming />
      {list.isError && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : total === 0 ? (
        <Nothing
          isSearch={isNarrowed(choices)}
          onClear={() => change({ ...NOTHING_CHOSEN, sort: choices.sort })}
        />
      ) : (
        <div aria-busy={list.isPending} className={list.isPlaceholderData ? styles.stale : undefined}>
          <VideoGrid videos={videos} total={total ?? PLACES} onMore={canAsk ? more : null} />
        </div>
      )}
      {list.isFetchNextPageError && (
        <ErrorState isSmall error={list.error} onRetry={() => void list.fetchNextPage()} />
      )}
    </main>
  );
}

/** Another list begins at its top. */
function useTop(list: string): void {
  const shown = useRef(list);
  useLayoutEffect(() => {
    if (shown.current !== list) window.scrollTo(0, 0);
    shown.current = list;
  }, [list]);
}

function Nothing({ isSearch, onClear }: { isSearch: boolean; onClear: () => void }) {
  if (isSearch) {
    return (
      <State
        icon={<SearchX />}
        title="No video is like that"
        actions={<Button onPress={onClear}>Clear filters</Button>}
      >
        Try fewer words, or take a filter away.
      </State>
    );
  }
  return (
    <State
      icon={<Clapperboard />}
      title="Your library is empty"
      actions={
        <Button variant="primary" onPress={() => openAdd()}>
          Add videos
        </Button>
      }
    >
      <p>Drop files anywhere on this page, or paste a link.</p>
      <p>
        <code>make demo</code> makes a few short talks to try things out, and <code>make migrate</code> brings
        in a whole folder.
      </p>
    </State>
  );
}

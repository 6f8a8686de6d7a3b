import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Search, SearchX } from "lucide-react";
import { useMemo, useRef } from "react";
import { navigate, useSearch } from "wouter/use-browser-location";
import { type SearchFilter, type SearchMode, type SearchResults, searchQuery } from "@/api/search";
import { ActiveFilters } from "@/features/library/ActiveFilters";
import { Filters } from "@/features/library/Filters";
import {
  DEFAULT_FILTERS,
  hasActiveFilters,
  parseFilters,
  toQuery,
  toSearchParams,
  type VideoFilters,
} from "@/features/library/filter";
import { parseMode } from "@/features/search/address";
import { ModeSwitch } from "@/features/search/ModeSwitch";
import { Notices } from "@/features/search/Notices";
import { Results } from "@/features/search/Results";
import { useFirstHit } from "@/features/search/use-first-hit";
import { useHitKeys } from "@/features/search/use-hit-keys";
import { rich, t } from "@/i18n";
import { sentence } from "@/lib/format";
import { LIBRARY_PATH, SEARCH_PATH } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Button, LinkButton } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { EmptyState, ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./SearchPage.module.css";

/** Filters that apply to the videos of the hits; sorting does not apply. */
const FILTERS = ["length", "quality", "source"] as const;
const MORE_FILTERS = ["transcript", "speech", "watched", "location", "state"] as const;

/** Results of a search across the library. */
export function SearchPage() {
  const address = useSearchAddress();
  const { q, mode, filters, change } = address;
  const results = useInfiniteQuery({
    ...searchQuery({ q, mode, filter: toFilter(filters) }),
    placeholderData: keepPreviousData,
  });
  const list = useRef<HTMLDivElement>(null);
  useHitKeys(list);
  useFirstHit(list, q, q !== "" && results.data !== undefined && !results.isPlaceholderData);
  useDocumentTitle(q === "" ? t("search.search") : t("search.documentTitle", { q }));
  const first = q === "" ? undefined : results.data?.pages[0];
  return (
    <main className={styles.page}>
      <header className={styles.header}>
        <h1>{t("search.search")}</h1>
        <p role="status" className={styles.count}>
          {first ? countText(first) : q !== "" && results.isFetching ? t("search.searching") : ""}
        </p>
      </header>
      <div className={styles.toolbar}>
        <ModeSwitch mode={mode} onChange={(next) => change({}, next)} />
        <div className={styles.filters}>
          <Filters filters={filters} onChange={change} names={FILTERS} more={MORE_FILTERS} />
          {isFiltered(filters) && (
            <Button variant="ghost" onPress={() => change(DEFAULT_FILTERS)}>
              {t("common.clearFilters")}
            </Button>
          )}
        </div>
        <ActiveFilters filters={{ ...filters, q: "" }} onChange={change} shown={FILTERS} />
      </div>
      <div
        ref={list}
        aria-busy={results.isFetching}
        className={cx(results.isPlaceholderData && styles.stale)}
      >
        {q === "" ? (
          <Help />
        ) : results.isError && !first ? (
          <ErrorState error={results.error} onRetry={() => void results.refetch()} />
        ) : results.data ? (
          <Found pages={results.data.pages} address={address} />
        ) : (
          <Loading />
        )}
      </div>
      {first && results.isFetchNextPageError && <ErrorState isSmall error={results.error} />}
      {first && results.hasNextPage && (
        <div className={styles.more}>
          <Button isPending={results.isFetchingNextPage} onPress={() => void results.fetchNextPage()}>
            {t("search.showMore")}
          </Button>
        </div>
      )}
    </main>
  );
}

interface FoundProps {
  pages: readonly SearchResults[];
  address: SearchAddress;
}

function Found({ pages, address: { q, mode, filters, change } }: FoundProps) {
  const [first] = pages;
  const hits = useMemo(() => pages.flatMap((page) => page.hits), [pages]);
  if (!first) return null;
  return (
    <>
      <Notices results={first} />
      {hits.length === 0 ? (
        <NothingFound
          results={first}
          onClear={isFiltered(filters) ? () => change(DEFAULT_FILTERS) : null}
          onAll={mode === "auto" ? null : () => change({}, "auto")}
        />
      ) : (
        <Results hits={hits} query={q} mode={mode} />
      )}
    </>
  );
}

/** Query, mode and filters in the URL; a change of filters replaces the history entry. */
function useSearchAddress() {
  const search = useSearch();
  return useMemo(() => {
    const parameters = new URLSearchParams(search);
    const filters = parseFilters(parameters);
    const mode = parseMode(parameters);
    const change = (changes: Partial<VideoFilters>, nextMode: SearchMode = mode) => {
      const next = new URLSearchParams(toSearchParams({ ...filters, ...changes, q: filters.q }));
      if (nextMode !== "auto") next.set("mode", nextMode);
      navigate(`${SEARCH_PATH}?${next}`, { replace: true, state: history.state as unknown });
    };
    return { q: filters.q.trim(), mode, filters, change };
  }, [search]);
}

type SearchAddress = ReturnType<typeof useSearchAddress>;

function isFiltered(filters: VideoFilters): boolean {
  return hasActiveFilters({ ...filters, q: "" });
}

function toFilter(filters: VideoFilters): SearchFilter {
  const { q: _q, sort: _sort, order: _order, ...filter } = toQuery(filters);
  return filter;
}

function countText({ total }: SearchResults): string {
  return total === 0 ? t("common.noResults") : t("common.resultCount", { count: total });
}

function Help() {
  return (
    <EmptyState icon={<Search />} title={t("search.searchTheLibrary")}>
      <p>{t("search.wordsAreFoundInAny")}</p>
      <p>
        {rich("search.syntax", {
          phrase: <code>"{t("search.examplePhrase")}"</code>,
          exclusion: <code>{t("search.exampleExclusion")}</code>,
        })}
      </p>
      <p>{t("search.keysHelp")}</p>
    </EmptyState>
  );
}

interface NothingFoundProps {
  results: SearchResults;
  /** Removes the filters; null without any. */
  onClear: (() => void) | null;
  /** Searches by words and meaning; null if that was done. */
  onAll: (() => void) | null;
}

function NothingFound({ results, onClear, onAll }: NothingFoundProps) {
  const reasons = results.notices.filter(({ code }) => code === "nothing-found" || code === "empty-query");
  return (
    <EmptyState
      icon={<SearchX />}
      title={t("common.noResults")}
      actions={
        <>
          {onAll && (
            <Button variant="primary" onPress={onAll}>
              {t("search.searchByWordsAndMeaning")}
            </Button>
          )}
          {onClear && <Button onPress={onClear}>{t("common.clearFilters")}</Button>}
          <LinkButton href={`${LIBRARY_PATH}?${new URLSearchParams({ q: results.query })}`}>
            {t("search.searchFileNamesAndLinks")}
          </LinkButton>
        </>
      }
    >
      {reasons.length > 0 ? (
        reasons.map(({ code, message }) => <p key={code}>{sentence(message)}</p>)
      ) : (
        <p>{t("search.tryFewerOrOtherWords")}</p>
      )}
      {results.corrected_query != null && (
        <p>{t("search.alsoSearchedFor", { correctedquery: results.corrected_query })}</p>
      )}
    </EmptyState>
  );
}

function Loading() {
  return (
    <div className={styles.loading}>
      {["a", "b", "c", "d"].map((key) => (
        <div key={key} className={styles.placeholder}>
          <Skeleton style={{ aspectRatio: "16 / 9", borderRadius: "var(--radius-m)" }} />
          <div className={styles.lines}>
            <Skeleton width="40%" height="1.1rem" />
            <Skeleton width="85%" height="1rem" />
            <Skeleton width="70%" height="1rem" />
          </div>
        </div>
      ))}
    </div>
  );
}

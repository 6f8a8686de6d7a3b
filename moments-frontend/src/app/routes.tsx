import { Route, Switch } from "wouter";
import { usePathname } from "wouter/use-browser-location";
import { lazy } from "@/lib/lazy";
import {
  DUPLICATES_PATH,
  LIBRARY_PATH,
  MOMENTS_PATH,
  RUNS_PATH,
  SEARCH_PATH,
  SETTINGS_PATH,
  TRASH_PATH,
  VOCABULARY_PATH,
  videoIdFromPath,
} from "@/lib/routes";
import { LibraryPage } from "@/pages/LibraryPage";
import { NotFoundPage } from "@/pages/NotFoundPage";
import {
  loadDuplicatesPage,
  loadMomentsPage,
  loadRunsPage,
  loadSearchPage,
  loadSettingsPage,
  loadTrashPage,
  loadVocabularyPage,
  loadWatchPage,
} from "@/pages/prefetch";
import { Boundary } from "@/ui/Boundary";

const WatchPage = lazy(async () => ({ default: (await loadWatchPage()).WatchPage }));
const SearchPage = lazy(async () => ({ default: (await loadSearchPage()).SearchPage }));
const MomentsPage = lazy(async () => ({ default: (await loadMomentsPage()).MomentsPage }));
const RunsPage = lazy(async () => ({ default: (await loadRunsPage()).RunsPage }));
const TrashPage = lazy(async () => ({ default: (await loadTrashPage()).TrashPage }));
const DuplicatesPage = lazy(async () => ({ default: (await loadDuplicatesPage()).DuplicatesPage }));
const SettingsPage = lazy(async () => ({ default: (await loadSettingsPage()).SettingsPage }));
const VocabularyPage = lazy(async () => ({ default: (await loadVocabularyPage()).VocabularyPage }));

/** Renders the page of the current path. Only the library is part of the first load. */
export function Pages() {
  const path = usePathname();
  const videoId = videoIdFromPath(path);
  return (
    <Boundary place="page" resetKey={path}>
      <Switch>
        <Route path={LIBRARY_PATH} component={LibraryPage} />
        <Route path={SEARCH_PATH} component={SearchPage} />
        <Route path={MOMENTS_PATH} component={MomentsPage} />
        <Route path={RUNS_PATH} component={RunsPage} />
        <Route path={TRASH_PATH} component={TrashPage} />
        <Route path={DUPLICATES_PATH} component={DuplicatesPage} />
        <Route path={SETTINGS_PATH} component={SettingsPage} />
        <Route path={VOCABULARY_PATH} component={VocabularyPage} />
        <Route path="/watch/*">
          {/* Not a route parameter: ids may contain any character of a file name. */}
          {videoId === null ? <NotFoundPage /> : <WatchPage key={videoId} videoId={videoId} />}
        </Route>
        <Route component={NotFoundPage} />
      </Switch>
    </Boundary>
  );
}

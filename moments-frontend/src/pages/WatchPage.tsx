import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Key, Tab, TabList, TabPanel, Tabs } from "react-aria-components/Tabs";
import { useSearch } from "wouter/use-browser-location";
import { chaptersQuery } from "@/api/chapters";
import { ApiError } from "@/api/errors";
import type { Moment } from "@/api/moments";
import type { VideoDetail } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { transcriptQuery } from "@/api/transcript";
import { streamUrl, videoQuery } from "@/api/videos";
import { ExportMomentButton, ExportMomentsButton } from "@/features/exports/ExportActions";
import { ExportMenu } from "@/features/exports/ExportMenu";
import { useShownMoments } from "@/features/moments/use-moments";
import { adoptPosition } from "@/features/player/resume-positions";
import { probeSource } from "@/features/player/source";
import { VideoPlayer } from "@/features/player/VideoPlayer";
import { RunStatus } from "@/features/runs/RunStatus";
import { TranscriptPanel } from "@/features/transcript/TranscriptPanel";
import { VideoHeader } from "@/features/video/VideoHeader";
import { t } from "@/i18n";
import { lazy } from "@/lib/lazy";
import { NO_POINTS, Player, PlayerProvider } from "@/lib/player";
import { LIBRARY_PATH, parseOpenedHit } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { Boundary } from "@/ui/Boundary";
import { LinkButton } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import { useReportProgress } from "./use-report-progress";
import styles from "./WatchPage.module.css";

const ChaptersPanel = lazy(async () => ({
  default: (await import("@/features/chapters/ChaptersPanel")).ChaptersPanel,
}));
const MomentsPanel = lazy(async () => ({
  default: (await import("@/features/moments/MomentsPanel")).MomentsPanel,
}));

const NewMomentDialog = lazy(async () => ({
  default: (await import("@/features/moments/NewMomentDialog")).NewMomentDialog,
}));

/** A part of the video, in seconds. */
interface TimeRange {
  start: number;
  end: number;
}

export function WatchPage({ videoId }: { videoId: string }) {
  const video = useQuery(videoQuery(videoId));
  const isUnknown = video.error instanceof ApiError && video.error.status === 404;
  const source = useQuery({
    queryKey: ["source", videoId],
    queryFn: () => probeSource(streamUrl(videoId)),
    // A file in the server's folder can be played before it is in the library.
    enabled: isUnknown,
  });
  useDocumentTitle(video.data?.title ?? (video.isPending ? null : videoId));
  if (video.data) return <Watch video={video.data} isListed />;
  if (isUnknown && source.data?.kind === "local")
    return <Watch video={unlistedVideo(videoId)} isListed={false} />;
  if (video.isPending || (isUnknown && source.isPending)) return <WatchSkeleton />;
  return (
    <main>
      <ErrorState
        isPage
        error={video.error}
        onRetry={isUnknown ? undefined : () => void video.refetch()}
        actions={<LinkButton href={LIBRARY_PATH}>{t("common.goToLibrary")}</LinkButton>}
      />
    </main>
  );
}

function Watch({ video, isListed }: { video: VideoDetail; isListed: boolean }) {
  const [player] = useState(() => {
    adoptPosition(video.id, { seconds: video.watch_position, at: video.last_watched_at });
    return new Player();
  });
  useReportProgress(player, video.id, isListed);
  const transcript = useQuery(transcriptQuery(video.id));
  const chapters = useQuery({ ...chaptersQuery(video.id), enabled: isListed });
  const moments = useShownMoments(video.id);
  const poster = useThumbnailUrl(video.id, video.thumbnail_url);
  const [draft, setDraft] = useState<TimeRange | null>(null);
  const [created, setCreated] = useState<Moment | null>(null);
  const startMoment = isListed ? setDraft : null;
  function select(moment: Moment) {
    setDraft(null);
    setCreated(moment);
    player.setPoints(NO_POINTS);
    player.playRange({ start: moment.start_time, end: moment.end_time }, { play: false });
  }
  return (
    <PlayerProvider value={player}>
      <main className={styles.page}>
        <div className={styles.main}>
          <VideoPlayer
            video={video}
            transcript={transcript.data ?? null}
            chapters={chapters.data ?? null}
            moments={moments}
            isListed={isListed}
            poster={poster}
            onCreateMoment={startMoment}
          />
          <VideoHeader video={video} isListed={isListed}>
            {isListed && <ExportMenu videoId={video.id} />}
          </VideoHeader>
          <RunStatus videoId={video.id} />
        </div>
        <SidePanel video={video} isListed={isListed} created={created} onCreateMoment={startMoment} />
      </main>
      {draft && (
        <Boundary place="dialog" onClose={() => setDraft(null)}>
          <NewMomentDialog video={video} draft={draft} onClose={() => setDraft(null)} onCreated={select} />
        </Boundary>
      )}
    </PlayerProvider>
  );
}

interface SidePanelProps {
  video: VideoDetail;
  isListed: boolean;
  /** A moment that was just created; it is shown. */
  created: Moment | null;
  /** Names a new moment; null if the video cannot have any. */
  onCreateMoment: ((range: TimeRange) => void) | null;
}

function SidePanel({ video, isListed, created, onCreateMoment }: SidePanelProps) {
  const isHitOpened = parseOpenedHit(useSearch()) !== null;
  const [tab, setTab] = useState<Key>(isHitOpened ? "transcript" : "moments");
  const [shown, setShown] = useState(created);
  if (shown !== created) {
    setShown(created);
    setTab("moments");
  }
  return (
    <Tabs className={styles.panel} selectedKey={tab} onSelectionChange={setTab}>
      <TabList aria-label={t("watch.videoDetails")} className={styles.tabs ?? ""}>
        <Tab id="moments" className={styles.tab ?? ""}>
          {t("common.moments")}
        </Tab>
        <Tab id="transcript" className={styles.tab ?? ""}>
          {t("common.transcript")}
        </Tab>
        {isListed && (
          <Tab id="chapters" className={styles.tab ?? ""}>
            {t("common.chapters")}
          </Tab>
        )}
      </TabList>
      {/* Stays mounted, so that switching tabs keeps unsaved trims. */}
      <TabPanel id="moments" shouldForceMount className={styles.tabPanel ?? ""}>
        <Moments video={video} created={created} />
      </TabPanel>
      <TabPanel id="transcript" className={styles.tabPanel ?? ""}>
        <TranscriptPanel video={video} onCreateMoment={onCreateMoment} />
      </TabPanel>
      {isListed && (
        <TabPanel id="chapters" className={styles.tabPanel ?? ""}>
          <Boundary place="panel">
            <ChaptersPanel video={video} />
          </Boundary>
        </TabPanel>
      )}
    </Tabs>
  );
}

function Moments({ video, created }: Pick<SidePanelProps, "video" | "created">) {
  const moments = useShownMoments(video.id);
  const selected = (ids: readonly string[]) =>
    moments.filter(({ id }) => ids.includes(id)).map((moment) => ({ ...moment, video_id: video.id }));
  return (
    <Boundary place="panel">
      <MomentsPanel
        video={video}
        created={created}
        momentActions={(moment) => <ExportMomentButton videoId={video.id} moment={moment} />}
        selectionActions={(ids) => <ExportMomentsButton moments={selected(ids)} />}
      />
    </Boundary>
  );
}

function WatchSkeleton() {
  return (
    <main className={styles.page} aria-busy>
      <h1 className="visually-hidden">{t("watch.loadingVideo")}</h1>
      <div className={styles.main}>
        <Skeleton style={{ aspectRatio: "16 / 9", borderRadius: "var(--radius-l)" }} />
        <Skeleton width="60%" height="1.9rem" />
        <Skeleton width="40%" height="1rem" />
      </div>
      <div className={styles.panel} />
    </main>
  );
}

/** Return the details of a local file that is not in the library. */
function unlistedVideo(id: string): VideoDetail {
  return {
    id,
    filename: id,
    title: id,
    thumbnail_url: `/api/videos/${encodeURIComponent(id)}/thumbnail`,
    has_audio: false,
    has_transcript: false,
    duration_seconds: null,
    file_size_kb: null,
    resolution: null,
    frame_rate: null,
    video_codec: null,
    audio_codec: null,
    cloud_url: "",
    source_url: null,
    created_at: new Date().toISOString(),
    size_bytes: null,
    recorded_at: null,
    channel: null,
    folder: "",
    location: "local",
    tags: [],
    is_favorite: false,
    watch_position: null,
    last_watched_at: null,
    description: null,
    language: null,
    audio_streams: [],
    playback: { source: "original", state: "ready", percent: 100, reason: null, url: streamUrl(id) },
  };
}

import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components/Tabs";
import { useSearch } from "wouter/use-browser-location";
import { chaptersQuery } from "@/api/chapters";
import { ApiError } from "@/api/errors";
import type { VideoDetail } from "@/api/schema";
import { useThumbnailUrl } from "@/api/thumbnails";
import { transcriptQuery } from "@/api/transcript";
import { streamUrl, videoQuery } from "@/api/videos";
import { useShownMoments } from "@/features/moments/use-moments";
import { probeSource } from "@/features/player/source";
import { VideoPlayer } from "@/features/player/VideoPlayer";
import { RunStatus } from "@/features/runs/RunStatus";
import { TranscriptPanel } from "@/features/transcript/TranscriptPanel";
import { VideoHeader } from "@/features/video/VideoHeader";
import { Player, PlayerProvider } from "@/lib/player";
import { LIBRARY_PATH, parseOpenedHit } from "@/lib/routes";
import { useDocumentTitle } from "@/lib/use-document-title";
import { LinkButton } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Skeleton";
import styles from "./WatchPage.module.css";

const ChaptersPanel = lazy(async () => ({
  default: (await import("@/features/chapters/ChaptersPanel")).ChaptersPanel,
}));
const MomentsPanel = lazy(async () => ({
  default: (await import("@/features/moments/MomentsPanel")).MomentsPanel,
}));

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
        actions={<LinkButton href={LIBRARY_PATH}>Go to library</LinkButton>}
      />
    </main>
  );
}

function Watch({ video, isListed }: { video: VideoDetail; isListed: boolean }) {
  const [player] = useState(() => new Player());
  const transcript = useQuery(transcriptQuery(video.id));
  const chapters = useQuery({ ...chaptersQuery(video.id), enabled: isListed });
  const moments = useShownMoments(video.id);
  const poster = useThumbnailUrl(video.id, video.thumbnail_url);
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
          />
          <VideoHeader video={video} isListed={isListed} />
          <RunStatus videoId={video.id} />
        </div>
        <SidePanel video={video} isListed={isListed} />
      </main>
    </PlayerProvider>
  );
}

function SidePanel({ video, isListed }: { video: VideoDetail; isListed: boolean }) {
  const isHitOpened = parseOpenedHit(useSearch()) !== null;
  return (
    <Tabs className={styles.panel} defaultSelectedKey={isHitOpened ? "transcript" : "moments"}>
      <TabList aria-label="Video details" className={styles.tabs ?? ""}>
        <Tab id="moments" className={styles.tab ?? ""}>
          Moments
        </Tab>
        <Tab id="transcript" className={styles.tab ?? ""}>
          Transcript
        </Tab>
        {isListed && (
          <Tab id="chapters" className={styles.tab ?? ""}>
            Chapters
          </Tab>
        )}
      </TabList>
      {/* Stays mounted, so that switching tabs keeps unsaved trims. */}
      <TabPanel id="moments" shouldForceMount className={styles.tabPanel ?? ""}>
        <Suspense fallback={null}>
          <MomentsPanel video={video} />
        </Suspense>
      </TabPanel>
      <TabPanel id="transcript" className={styles.tabPanel ?? ""}>
        <TranscriptPanel video={video} />
      </TabPanel>
      {isListed && (
        <TabPanel id="chapters" className={styles.tabPanel ?? ""}>
          <Suspense fallback={null}>
            <ChaptersPanel video={video} />
          </Suspense>
        </TabPanel>
      )}
    </Tabs>
  );
}

function WatchSkeleton() {
  return (
    <main className={styles.page} aria-busy>
      <h1 className="visually-hidden">Loading video</h1>
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
    description: null,
    language: null,
    audio_streams: [],
    playback: { source: "original", state: "ready", percent: 100, reason: null, url: streamUrl(id) },
  };
}

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "@/api/client";
import type { VideoDetail } from "@/api/schema";
import { transcriptQuery } from "@/api/transcript";
import { streamUrl, videoQuery } from "@/api/videos";
import { useTitle } from "@/app/title";
import { LinkButton } from "@/ui/Button";
import { ErrorState } from "@/ui/State";
import { useShownMoments } from "./moments/shown-moments";
import { Player, PlayerProvider } from "./player/player";
import { askSource } from "./player/source";
import { VideoPlayer } from "./player/VideoPlayer";
import { RunLine } from "./RunLine";
import { SidePanel } from "./SidePanel";
import { VideoHead } from "./VideoHead";
import styles from "./WatchPage.module.css";
import { WatchSkeleton } from "./WatchSkeleton";

/** One video: its player, and beside it its moments and what is said in it. */
export function WatchPage({ videoId }: { videoId: string }) {
  const video = useQuery(videoQuery(videoId));
  const isUnknown = video.error instanceof ApiError && video.error.status === 404;
  const source = useQuery({
    queryKey: ["source", videoId],
    queryFn: () => askSource(streamUrl(videoId)),
    // A file in the server's folder plays before it has a place in the library.
    enabled: isUnknown,
  });
  useTitle(video.data?.title ?? (video.isPending ? null : videoId));
  if (video.data) return <Watch video={video.data} isListed />;
  if (isUnknown && source.data?.kind === "here") return <Watch video={unlisted(videoId)} isListed={false} />;
  if (video.isPending || (isUnknown && source.isPending)) return <WatchSkeleton />;
  return (
    <main>
      <ErrorState
        isPage
        error={video.error}
        onRetry={isUnknown ? undefined : () => void video.refetch()}
        actions={<LinkButton href="/">To the library</LinkButton>}
      />
    </main>
  );
}

function Watch({ video, isListed }: { video: VideoDetail; isListed: boolean }) {
  const [player] = useState(() => new Player());
  const transcript = useQuery(transcriptQuery(video.id));
  const moments = useShownMoments(video.id);
  return (
    <PlayerProvider value={player}>
      <main className={styles.page}>
        <div className={styles.stage}>
          <VideoPlayer video={video} transcript={transcript.data ?? null} moments={moments} />
          <VideoHead video={video} isListed={isListed} />
          <RunLine videoId={video.id} />
        </div>
        <SidePanel video={video} />
      </main>
    </PlayerProvider>
  );
}

/** All that is known of a file that has no row. */
function unlisted(id: string): VideoDetail {
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
  };
}

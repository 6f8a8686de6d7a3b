import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { toApiError } from "@/api/client";
import type { VideoDetail } from "@/api/schema";
import { streamUrl, videoQuery } from "@/api/videos";
import { useTitle } from "@/app/title";
import { ErrorState } from "@/ui/State";
import { Player, PlayerProvider } from "./player/player";
import { SidePanel } from "./SidePanel";
import styles from "./WatchPage.module.css";

/** One video: its player, and beside it its moments and what is said in it. */
export function WatchPage({ videoId }: { videoId: string }) {
  const video = useQuery(videoQuery(videoId));
  if (video.data) return <Watch video={video.data} />;
  if (!video.isError) return <main className={styles.page} />;
  return (
    <main>
      <ErrorState error={toApiError(video.error)} onRetry={() => void video.refetch()} />
    </main>
  );
}

function Watch({ video }: { video: VideoDetail }) {
  const [player] = useState(() => new Player());
  useTitle(video.title);
  return (
    <PlayerProvider value={player}>
      <main className={styles.page}>
        <div className={styles.stage}>
          {/* biome-ignore lint/a11y/useMediaCaption: they come with the player's controls */}
          <video ref={player.attach} src={streamUrl(video.id)} controls playsInline preload="metadata" />
          <h1>{video.title}</h1>
        </div>
        <SidePanel video={video} />
      </main>
    </PlayerProvider>
  );
}

import { useQuery } from "@tanstack/react-query";
import { ChevronDown, ChevronUp } from "lucide-react";
import { useCallback, useState } from "react";
import { Link } from "wouter";
import { MAX_HITS, type SearchHit, type SearchMode, videoHitsQuery } from "@/api/search";
import { useThumbnailUrl } from "@/api/thumbnails";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { enqueueImage } from "@/lib/image-queue";
import { hitPath, watchPath } from "@/lib/routes";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/EmptyState";
import { Spinner } from "@/ui/Spinner";
import { byTime, hitKey, unfold, type VideoGroup } from "./groups";
import { HitRow } from "./HitRow";
import { MarkedText } from "./MarkedText";
import styles from "./Results.module.css";

export interface BlockContext {
  query: string;
  mode: SearchMode;
  onMenu: (hit: SearchHit, button: HTMLElement) => void;
}

/** Videos whose hits are unfolded. Kept until the page is closed, so that back navigation restores the list. */
const unfolded = new Set<string>();

/** A video with its hits; folded ones are loaded on demand. */
export function VideoBlock({ group, context }: { group: VideoGroup; context: BlockContext }) {
  const { video, more } = group;
  const { query, mode } = context;
  const key = JSON.stringify([query, mode, video.id]);
  const [isOpen, setOpen] = useState(unfolded.has(key));
  function toggle() {
    if (isOpen) unfolded.delete(key);
    else unfolded.add(key);
    setOpen(!isOpen);
  }
  const all = useQuery({ ...videoHitsQuery(video.id, query, mode), enabled: isOpen });
  const Chevron = isOpen ? ChevronUp : ChevronDown;
  const title = group.hits.find(({ kind }) => kind === "title");
  const opened = isOpen && all.data ? byTime(unfold(group, all.data.hits)) : null;
  const rows = (opened ?? group.hits).filter(({ kind }) => kind !== "title");
  return (
    <li className={styles.block}>
      <Thumbnail video={video} />
      <div className={styles.body}>
        <h3 className={styles.title}>
          <Link to={watchPath(video.id)} title={video.title} {...(title && { "data-hit": true })}>
            {title ? <MarkedText hit={title} /> : video.title}
          </Link>
        </h3>
        {rows.length > 0 && (
          <ul className={styles.hits} aria-label={t("search.hitsInTitle", { title: video.title })}>
            {rows.map((hit) => (
              <HitRow key={hitKey(hit)} hit={hit} query={query} onMenu={context.onMenu} />
            ))}
          </ul>
        )}
        {more > 0 && (
          <Button
            size="s"
            variant="ghost"
            className={styles.fold ?? ""}
            icon={isOpen && all.isPending ? <Spinner /> : <Chevron aria-hidden />}
            aria-expanded={isOpen}
            onPress={toggle}
          >
            {isOpen ? t("search.showFewer") : t("search.moreInVideo", { count: more })}
          </Button>
        )}
        {isOpen && all.isError && <ErrorState isSmall error={all.error} onRetry={() => void all.refetch()} />}
        {opened && opened.length >= MAX_HITS && opened[0] && (
          <p className={styles.note}>
            {t("search.onlyTheBest", { count: MAX_HITS })}{" "}
            <Link to={hitPath(video.id, { query, seconds: opened[0].start_time, isByMeaning: false })}>
              {t("search.findAllInTheTranscript")}
            </Link>
          </p>
        )}
      </div>
    </li>
  );
}

function Thumbnail({ video }: { video: VideoGroup["video"] }) {
  const url = useThumbnailUrl(video.id, video.thumbnail_url);
  const image = useCallback((element: HTMLImageElement) => enqueueImage(element, url), [url]);
  return (
    <span className={styles.picture}>
      <img
        ref={image}
        alt=""
        width="160"
        height="90"
        decoding="async"
        onError={(event) => {
          event.currentTarget.hidden = true;
        }}
      />
      {video.duration_seconds !== null && (
        <span className={styles.duration}>{formatTime(video.duration_seconds)}</span>
      )}
    </span>
  );
}

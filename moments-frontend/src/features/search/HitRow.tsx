import { Link } from "wouter";
import type { SearchHit } from "@/api/search";
import { type TextKey, t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { Badge } from "@/ui/Badge";
import { hitUrl } from "./hit-link";
import { MarkedText } from "./MarkedText";
import styles from "./Results.module.css";

const LABELS: Partial<Record<SearchHit["kind"], TextKey>> = {
  moment: "search.moment",
  chapter: "search.chapter",
  channel: "search.channel",
  description: "search.description",
  tag: "search.tag",
};

/** Kinds that have a place in the video. */
const TIMED: readonly SearchHit["kind"][] = ["segment", "moment", "chapter"];

interface HitRowProps {
  hit: SearchHit;
  query: string;
  onMenu: (hit: SearchHit, button: HTMLElement) => void;
}

/** A hit as a link, with its actions if it has times. */
export function HitRow({ hit, query, onMenu }: HitRowProps) {
  const isTimed = TIMED.includes(hit.kind);
  const label = LABELS[hit.kind];
  return (
    <li className={styles.hit}>
      <Link to={hitUrl(hit, query)} className={styles.hitLink} data-hit>
        {isTimed && <span className={styles.time}>{formatTime(hit.start_time)}</span>}
        {label && <span className={styles.kind}>{t(label)} </span>}
        <span className={styles.sentence} dir="auto">
          {hit.before && <span className={styles.context}>{hit.before} </span>}
          <MarkedText hit={hit} />
          {hit.after && <span className={styles.context}> {hit.after}</span>}
          {hit.match === "meaning" && (
            <>
              {" "}
              <Badge>{t("search.foundByMeaning")}</Badge>
            </>
          )}
        </span>
      </Link>
      {isTimed && (
        <button
          type="button"
          className={styles.more}
          aria-haspopup="menu"
          aria-label={t("search.actionsForTheHitAt", { starttime: formatTime(hit.start_time) })}
          onClick={(event) => onMenu(hit, event.currentTarget)}
        />
      )}
    </li>
  );
}

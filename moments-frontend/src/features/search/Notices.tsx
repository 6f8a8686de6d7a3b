import { Info } from "lucide-react";
import { Link } from "wouter";
import type { SearchResults } from "@/api/search";
import { t } from "@/i18n";
import { resultsUrl } from "./address";
import styles from "./Results.module.css";

/** Notices that other parts of the page state. */
const SHOWN_ELSEWHERE = ["spelling-corrected", "nothing-found", "empty-query"];

/** A corrected spelling, and remarks such as a mode that is not available. */
export function Notices({ results }: { results: SearchResults }) {
  const { corrected_query: corrected, notices, query, hits } = results;
  const isCorrected = corrected != null && hits.length > 0;
  const others = notices.filter(({ code }) => !SHOWN_ELSEWHERE.includes(code));
  if (!isCorrected && others.length === 0) return null;
  return (
    <div className={styles.notices}>
      {isCorrected && (
        <p>
          {t("search.showingResultsFor")}{" "}
          <Link to={resultsUrl(corrected, location)} className={styles.corrected}>
            {corrected}
          </Link>
          {!query.includes('"') && (
            <>
              {" · "}
              <Link to={resultsUrl(`"${query}"`, location)}>{t("search.searchForQueryOnly", { query })}</Link>
            </>
          )}
        </p>
      )}
      {others.map(({ code, message }) => (
        <p key={code} className={styles.notice}>
          <Info aria-hidden />
          {message}
        </p>
      ))}
    </div>
  );
}

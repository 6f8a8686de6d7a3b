import { ChevronDown, ChevronUp } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { SearchField } from "@/ui/Field";
import styles from "./Transcript.module.css";

interface SearchBarProps {
  query: string;
  count: number;
  /** Index of the selected match. */
  selected: number;
  /** Further matches may follow. */
  isPending: boolean;
  onSearch: (query: string) => void;
  onStep: (step: 1 | -1) => void;
  /** Further actions for the transcript. */
  children: ReactNode;
}

/** Transcript search, followed by other actions. */
export function SearchBar(props: SearchBarProps) {
  const { query, count, selected, isPending, onSearch, onStep, children } = props;
  const isSearching = query.trim() !== "";
  return (
    <div className={styles.bar}>
      <SearchField
        label={t("transcript.searchTranscript")}
        placeholder={t("transcript.searchTranscript")}
        className={styles.search}
        value={query}
        onChange={onSearch}
        onKeyDown={(event) => {
          if (event.key === "Enter" && count > 0) onStep(event.shiftKey ? -1 : 1);
          else event.continuePropagation();
        }}
      />
      {isSearching && (
        <>
          <IconButton
            label={t("transcript.previousMatch")}
            shortcut={t("transcript.shiftEnter")}
            size="s"
            icon={<ChevronUp />}
            isDisabled={count === 0}
            onPress={() => onStep(-1)}
          />
          <IconButton
            label={t("transcript.nextMatch")}
            shortcut="Enter"
            size="s"
            icon={<ChevronDown />}
            isDisabled={count === 0}
            onPress={() => onStep(1)}
          />
        </>
      )}
      {children}
      <p role="status" className={isSearching ? styles.count : "visually-hidden"}>
        {isSearching &&
          (count > 0
            ? t("transcript.selectedOfCount", { selected: selected + 1, count })
            : isPending
              ? t("transcript.searching")
              : t("transcript.noMatches"))}
      </p>
    </div>
  );
}

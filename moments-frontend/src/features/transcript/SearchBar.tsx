import { Captions, ChevronDown, ChevronUp, Clock, Copy, Download, FileText } from "lucide-react";
import type { TranscriptRead, VideoDetail } from "@/api/schema";
import { transcriptUrl } from "@/api/transcript";
import { IconButton } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { SearchField } from "@/ui/Field";
import { Menu, MenuItem } from "@/ui/Menu";
import { downloadText, toPlainText } from "./export-text";
import styles from "./Transcript.module.css";

interface SearchBarProps {
  video: VideoDetail;
  transcript: TranscriptRead;
  query: string;
  count: number;
  /** Index of the selected match. */
  selected: number;
  /** Further matches may follow. */
  isPending: boolean;
  onSearch: (query: string) => void;
  onStep: (step: 1 | -1) => void;
}

/** Transcript search and export. */
export function SearchBar(props: SearchBarProps) {
  const { video, transcript, query, count, selected, isPending, onSearch, onStep } = props;
  const isSearching = query.trim() !== "";
  return (
    <div className={styles.bar}>
      <SearchField
        label="Search transcript"
        placeholder="Search transcript"
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
            label="Previous match"
            shortcut="Shift Enter"
            size="s"
            icon={<ChevronUp />}
            isDisabled={count === 0}
            onPress={() => onStep(-1)}
          />
          <IconButton
            label="Next match"
            shortcut="Enter"
            size="s"
            icon={<ChevronDown />}
            isDisabled={count === 0}
            onPress={() => onStep(1)}
          />
        </>
      )}
      <ExportMenu video={video} transcript={transcript} />
      <p role="status" className={isSearching ? styles.count : "visually-hidden"}>
        {isSearching && (count > 0 ? `${selected + 1} of ${count}` : isPending ? "Searching…" : "No matches")}
      </p>
    </div>
  );
}

function ExportMenu({ video, transcript }: Pick<SearchBarProps, "video" | "transcript">) {
  const text = (times: boolean) => toPlainText(transcript.segment_timestamps, { times });
  return (
    <Menu label="Export" trigger={<IconButton label="Export transcript" icon={<Download />} />}>
      <MenuItem icon={<Captions />} href={transcriptUrl(video.id, "vtt")} download={`${video.id}.vtt`}>
        WebVTT captions
      </MenuItem>
      <MenuItem icon={<Captions />} href={transcriptUrl(video.id, "srt")} download={`${video.id}.srt`}>
        SRT captions
      </MenuItem>
      <MenuItem icon={<FileText />} onAction={() => downloadText(`${video.id}.txt`, text(false))}>
        Plain text
      </MenuItem>
      <MenuItem icon={<Clock />} onAction={() => downloadText(`${video.id}-times.txt`, text(true))}>
        Text with timestamps
      </MenuItem>
      <MenuItem icon={<Copy />} onAction={() => void copyText(text(false), "Transcript copied")}>
        Copy text
      </MenuItem>
    </Menu>
  );
}

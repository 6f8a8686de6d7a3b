import { Captions, ChevronDown, ChevronUp, Clock, Copy, Download, FileText } from "lucide-react";
import type { Transcript, VideoDetail } from "@/api/schema";
import { captionsUrl } from "@/api/transcript";
import { plural } from "@/lib/format";
import { IconButton } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { SearchField } from "@/ui/Field";
import { Menu, MenuItem } from "@/ui/Menu";
import { downloadText, toPlainText } from "./export-text";
import styles from "./Transcript.module.css";

interface SearchBarProps {
  video: VideoDetail;
  transcript: Transcript;
  query: string;
  count: number;
  /** Which of the places is shown, from 0. */
  chosen: number;
  onSearch: (query: string) => void;
  onStep: (step: 1 | -1) => void;
}

/** Find words in what is said, and take it away as a file. */
export function SearchBar({ video, transcript, query, count, chosen, onSearch, onStep }: SearchBarProps) {
  const isSearching = query.trim() !== "";
  return (
    <div className={styles.bar}>
      <SearchField
        label="Find in the transcript"
        placeholder="Find in the transcript"
        className={styles.find}
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
            label="Place before"
            shortcut="Shift Enter"
            size="s"
            icon={<ChevronUp />}
            isDisabled={count === 0}
            onPress={() => onStep(-1)}
          />
          <IconButton
            label="Next place"
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
        {isSearching && (count === 0 ? "Nothing found" : `${chosen + 1} of ${plural(count, "place")}`)}
      </p>
    </div>
  );
}

function ExportMenu({ video, transcript }: Pick<SearchBarProps, "video" | "transcript">) {
  const text = (times: boolean) => toPlainText(transcript.segment_timestamps, { times });
  return (
    <Menu label="Take away" trigger={<IconButton label="Download or copy" icon={<Download />} />}>
      <MenuItem icon={<Captions />} href={captionsUrl(video.id, "vtt")} download={`${video.id}.vtt`}>
        Captions, WebVTT
      </MenuItem>
      <MenuItem icon={<Captions />} href={captionsUrl(video.id, "srt")} download={`${video.id}.srt`}>
        Captions, SubRip
      </MenuItem>
      <MenuItem icon={<FileText />} onAction={() => downloadText(`${video.id}.txt`, text(false))}>
        Plain text
      </MenuItem>
      <MenuItem icon={<Clock />} onAction={() => downloadText(`${video.id}-times.txt`, text(true))}>
        Plain text with times
      </MenuItem>
      <MenuItem icon={<Copy />} onAction={() => void copyText(text(false), "Transcript copied")}>
        Copy the text
      </MenuItem>
    </Menu>
  );
}

import {
  Braces,
  Captions,
  Clock,
  Copy,
  Download,
  Ellipsis,
  FileText,
  Mic,
  Replace,
  RotateCcw,
  Undo2,
  Upload,
} from "lucide-react";
import type { TranscriptRead } from "@/api/schema";
import { transcriptUrl } from "@/api/transcript";
import { IconButton } from "@/ui/Button";
import { copyText } from "@/ui/copy-text";
import { Menu, MenuItem } from "@/ui/Menu";
import { downloadText, toPlainText } from "./export-text";

interface ExportMenuProps {
  videoId: string;
  transcript: TranscriptRead;
}

/** Downloads of the transcript. */
export function ExportMenu({ videoId, transcript }: ExportMenuProps) {
  const text = (times: boolean) => toPlainText(transcript.segment_timestamps, { times });
  return (
    <Menu label="Export" trigger={<IconButton label="Export transcript" icon={<Download />} />}>
      <MenuItem icon={<Captions />} href={transcriptUrl(videoId, "vtt")} download={`${videoId}.vtt`}>
        WebVTT captions
      </MenuItem>
      <MenuItem icon={<Captions />} href={transcriptUrl(videoId, "srt")} download={`${videoId}.srt`}>
        SRT captions
      </MenuItem>
      <MenuItem icon={<FileText />} href={transcriptUrl(videoId, "txt")} download={`${videoId}.txt`}>
        Plain text
      </MenuItem>
      <MenuItem icon={<Clock />} onAction={() => downloadText(`${videoId}-times.txt`, text(true))}>
        Text with timestamps
      </MenuItem>
      <MenuItem icon={<Braces />} href={transcriptUrl(videoId, "json")} download={`${videoId}.json`}>
        JSON
      </MenuItem>
      <MenuItem icon={<Copy />} onAction={() => void copyText(text(false), "Transcript copied")}>
        Copy text
      </MenuItem>
    </Menu>
  );
}

interface ActionMenuProps {
  isEdited: boolean;
  onReplace: () => void;
  onImport: () => void;
  onTranscribe: () => void;
  onUndo: () => void;
  onReset: () => void;
}

/** Actions for the whole transcript. */
export function ActionMenu(props: ActionMenuProps) {
  const { isEdited, onReplace, onImport, onTranscribe, onUndo, onReset } = props;
  return (
    <Menu label="Transcript actions" trigger={<IconButton label="Transcript actions" icon={<Ellipsis />} />}>
      <MenuItem icon={<Replace />} onAction={onReplace}>
        Find and replace…
      </MenuItem>
      <MenuItem icon={<Upload />} onAction={onImport}>
        Import…
      </MenuItem>
      <MenuItem icon={<Mic />} onAction={onTranscribe}>
        Transcribe again…
      </MenuItem>
      <MenuItem icon={<Undo2 />} onAction={onUndo}>
        Undo last change
      </MenuItem>
      <MenuItem icon={<RotateCcw />} isDanger isDisabled={!isEdited} onAction={onReset}>
        Reset to recognised text…
      </MenuItem>
    </Menu>
  );
}

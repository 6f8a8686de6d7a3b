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
import { t } from "@/i18n";
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
    <Menu
      label={t("transcript.export")}
      trigger={<IconButton label={t("transcript.exportTranscript")} icon={<Download />} />}
    >
      <MenuItem icon={<Captions />} href={transcriptUrl(videoId, "vtt")} download={`${videoId}.vtt`}>
        {t("transcript.webvttCaptions")}
      </MenuItem>
      <MenuItem icon={<Captions />} href={transcriptUrl(videoId, "srt")} download={`${videoId}.srt`}>
        {t("transcript.srtCaptions")}
      </MenuItem>
      <MenuItem icon={<FileText />} href={transcriptUrl(videoId, "txt")} download={`${videoId}.txt`}>
        {t("transcript.plainText")}
      </MenuItem>
      <MenuItem icon={<Clock />} onAction={() => downloadText(`${videoId}-times.txt`, text(true))}>
        {t("transcript.textWithTimestamps")}
      </MenuItem>
      <MenuItem icon={<Braces />} href={transcriptUrl(videoId, "json")} download={`${videoId}.json`}>
        {t("transcript.json")}
      </MenuItem>
      <MenuItem icon={<Copy />} onAction={() => void copyText(text(false), t("transcript.transcriptCopied"))}>
        {t("transcript.copyText")}
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
    <Menu
      label={t("transcript.transcriptActions")}
      trigger={<IconButton label={t("transcript.transcriptActions")} icon={<Ellipsis />} />}
    >
      <MenuItem icon={<Replace />} onAction={onReplace}>
        {t("transcript.findAndReplace")}
      </MenuItem>
      <MenuItem icon={<Upload />} onAction={onImport}>
        {t("transcript.import")}
      </MenuItem>
      <MenuItem icon={<Mic />} onAction={onTranscribe}>
        {t("transcript.transcribeAgain")}
      </MenuItem>
      <MenuItem icon={<Undo2 />} onAction={onUndo}>
        {t("transcript.undoLastChange")}
      </MenuItem>
      <MenuItem icon={<RotateCcw />} isDanger isDisabled={!isEdited} onAction={onReset}>
        {t("transcript.resetToRecognisedText")}
      </MenuItem>
    </Menu>
  );
}

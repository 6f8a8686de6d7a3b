import { useQuery } from "@tanstack/react-query";
import { momentCaptionsUrl } from "@/api/exports";
import { momentsQuery } from "@/api/moments";
import { t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { LinkButton } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import styles from "./ClipCaptionsDialog.module.css";
import type { ExportPart } from "./dialog-store";
import { allParts } from "./targets";

/** Captions of each moment as files, timed from the start of its clip. */
export function ClipCaptionsDialog({ videoId, onClose }: { videoId: string; onClose: () => void }) {
  const moments = useQuery(momentsQuery(videoId)).data ?? [];
  return (
    <Dialog title={t("exports.clipCaptions")} isOpen onClose={onClose}>
      <ul className={styles.list}>
        {allParts(moments).map((part) => (
          <Row key={part.momentId} videoId={videoId} part={part} />
        ))}
      </ul>
    </Dialog>
  );
}

function Row({ videoId, part: { momentId, title, start, end } }: { videoId: string; part: ExportPart }) {
  return (
    <li className={styles.row}>
      <span className={styles.title}>{title}</span>
      <span className={styles.times}>
        {formatTime(start)}–{formatTime(end)}
      </span>
      {(["srt", "vtt"] as const).map((format) => (
        <LinkButton
          key={format}
          size="s"
          href={momentCaptionsUrl(videoId, momentId ?? "", format)}
          download={`${title}.${format}`}
          aria-label={t("exports.downloadFormatOfTitle", { format: format.toUpperCase(), title })}
        >
          {format.toUpperCase()}
        </LinkButton>
      ))}
    </li>
  );
}

import { useQuery } from "@tanstack/react-query";
import { Captions, Clapperboard, FileArchive, FileSpreadsheet, ListVideo, Share } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { exportsQuery, exportsZipUrl, type MarkerFile, markerUrl } from "@/api/exports";
import { momentsQuery } from "@/api/moments";
import { formatTime, plural } from "@/lib/format";
import { usePlayerValue } from "@/lib/player";
import { Button } from "@/ui/Button";
import { Menu, MenuItem, MenuSection } from "@/ui/Menu";
import { openExportDialog } from "./dialog-store";
import { saveFile } from "./save-file";

const ClipCaptionsDialog = lazy(async () => ({
  default: (await import("./ClipCaptionsDialog")).ClipCaptionsDialog,
}));

const MARKER_FILES: readonly { file: MarkerFile; label: string; icon: typeof Captions }[] = [
  { file: "markers.edl", label: "EDL (Premiere, Resolve, Avid)", icon: Clapperboard },
  { file: "markers.fcpxml", label: "FCPXML (Final Cut Pro)", icon: Clapperboard },
  { file: "markers.csv", label: "CSV (spreadsheets)", icon: FileSpreadsheet },
  { file: "chapters.txt", label: "YouTube chapters", icon: ListVideo },
];

/** Exports of all moments of a video, and files for other programs. */
export function ExportMenu({ videoId }: { videoId: string }) {
  const [isCaptionsOpen, setCaptionsOpen] = useState(false);
  const moments = useQuery(momentsQuery(videoId)).data ?? [];
  const finished = useQuery(exportsQuery()).data?.filter(
    ({ video_id, state }) => video_id === videoId && state === "completed",
  );
  const count = finished?.length ?? 0;
  const start = usePlayerValue(({ points }) => points.in);
  const end = usePlayerValue(({ points }) => points.out);
  return (
    <>
      <Menu label="Export" trigger={<Button icon={<Share aria-hidden />}>Export</Button>}>
        <MenuItem
          icon={<Share />}
          isDisabled={moments.length === 0}
          onAction={() => openExportDialog({ videoId, parts: "all" })}
        >
          Export all moments…
        </MenuItem>
        {start !== null && end !== null && (
          <MenuItem
            icon={<Share />}
            onAction={() => openExportDialog({ videoId, parts: [{ momentId: null, start, end, title: "" }] })}
          >
            {`Export ${formatTime(start)}–${formatTime(end)}…`}
          </MenuItem>
        )}
        {count > 1 && (
          <MenuItem icon={<FileArchive />} href={exportsZipUrl(videoId)} download>
            {`Download ${plural(count, "file")} as zip`}
          </MenuItem>
        )}
        <MenuSection title="For editors">
          {MARKER_FILES.map(({ file, label, icon: Icon }) => (
            <MenuItem
              key={file}
              icon={<Icon />}
              onAction={() => void saveFile(markerUrl(videoId, file), `Could not download ${label}`)}
            >
              {label}
            </MenuItem>
          ))}
          <MenuItem
            icon={<Captions />}
            isDisabled={moments.length === 0}
            onAction={() => setCaptionsOpen(true)}
          >
            Captions of each clip…
          </MenuItem>
        </MenuSection>
      </Menu>
      {isCaptionsOpen && (
        <Suspense fallback={null}>
          <ClipCaptionsDialog videoId={videoId} onClose={() => setCaptionsOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

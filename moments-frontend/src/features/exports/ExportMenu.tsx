import { useQuery } from "@tanstack/react-query";
import { Captions, Clapperboard, FileArchive, FilePlay, FileSpreadsheet, ListVideo } from "lucide-react";
import { useState } from "react";
import { exportsQuery, exportsZipUrl, type MarkerFile, markerUrl } from "@/api/exports";
import { momentsQuery } from "@/api/moments";
import { type TextKey, t } from "@/i18n";
import { formatTime } from "@/lib/format";
import { lazy } from "@/lib/lazy";
import { usePlayerValue } from "@/lib/player";
import { Boundary } from "@/ui/Boundary";
import { Button } from "@/ui/Button";
import { Menu, MenuItem, MenuSection } from "@/ui/Menu";
import { openExportDialog } from "./dialog-store";
import { saveFile } from "./save-file";

const ClipCaptionsDialog = lazy(async () => ({
  default: (await import("./ClipCaptionsDialog")).ClipCaptionsDialog,
}));

const MARKER_FILES: readonly { file: MarkerFile; label: TextKey; icon: typeof Captions }[] = [
  { file: "markers.edl", label: "exports.edlPremiereResolveAvid", icon: Clapperboard },
  { file: "markers.fcpxml", label: "exports.fcpxmlFinalCutPro", icon: Clapperboard },
  { file: "markers.csv", label: "exports.csvSpreadsheets", icon: FileSpreadsheet },
  { file: "chapters.txt", label: "exports.youtubeChapters", icon: ListVideo },
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
      <Menu
        label={t("exports.export")}
        trigger={<Button icon={<FilePlay aria-hidden />}>{t("exports.export")}</Button>}
      >
        <MenuItem
          icon={<FilePlay />}
          isDisabled={moments.length === 0}
          onAction={() => openExportDialog({ videoId, parts: "all" })}
        >
          {t("exports.exportAllMoments")}
        </MenuItem>
        {start !== null && end !== null && (
          <MenuItem
            icon={<FilePlay />}
            onAction={() => openExportDialog({ videoId, parts: [{ momentId: null, start, end, title: "" }] })}
          >
            {t("exports.exportStartEnd", { start: formatTime(start), end: formatTime(end) })}
          </MenuItem>
        )}
        {count > 1 && (
          <MenuItem icon={<FileArchive />} href={exportsZipUrl(videoId)} download>
            {t("exports.downloadZip", { count })}
          </MenuItem>
        )}
        <MenuSection title={t("exports.forEditors")}>
          {markerItems(videoId)}
          <MenuItem
            icon={<Captions />}
            isDisabled={moments.length === 0}
            onAction={() => setCaptionsOpen(true)}
          >
            {t("exports.clipCaptionsMenu")}
          </MenuItem>
        </MenuSection>
      </Menu>
      {isCaptionsOpen && (
        <Boundary place="dialog" onClose={() => setCaptionsOpen(false)}>
          <ClipCaptionsDialog videoId={videoId} onClose={() => setCaptionsOpen(false)} />
        </Boundary>
      )}
    </>
  );
}

/** Files for other programs. Not a component: menus collect their items directly. */
function markerItems(videoId: string) {
  return MARKER_FILES.map(({ file, label, icon: Icon }) => {
    const failed = t("exports.couldNotDownloadLabel", { label: t(label) });
    return (
      <MenuItem key={file} icon={<Icon />} onAction={() => void saveFile(markerUrl(videoId, file), failed)}>
        {t(label)}
      </MenuItem>
    );
  });
}

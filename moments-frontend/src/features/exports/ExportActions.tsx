import { FilePlay } from "lucide-react";
import type { Moment } from "@/api/moments";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import { openExportDialog } from "./dialog-store";
import { groupByVideo, partOf } from "./targets";

type Times = Pick<Moment, "id" | "start_time" | "end_time" | "title">;

/** Opens the export dialog for a moment. */
export function ExportMomentButton({ videoId, moment }: { videoId: string; moment: Times }) {
  return (
    <IconButton
      size="s"
      label={t("exports.export")}
      icon={<FilePlay />}
      onPress={() => openExportDialog({ videoId, parts: [partOf(moment)] })}
    />
  );
}

/** Opens the export dialog for several moments, which may belong to different videos. */
export function ExportMomentsButton({ moments }: { moments: readonly (Times & { video_id: string })[] }) {
  return (
    <Button
      size="s"
      icon={<FilePlay aria-hidden />}
      isDisabled={moments.length === 0}
      onPress={() => openExportDialog(...groupByVideo(moments))}
    >
      {t("exports.export")}
    </Button>
  );
}

import { Film } from "lucide-react";
import { statusText } from "@/api/run-status";
import { isActive } from "@/api/runs";
import type { RunState } from "@/api/schema";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Progress } from "@/ui/Progress";
import styles from "./Moment.module.css";
import { useCutClips } from "./use-cut-clips";

/** Creates a missing clip, or shows the progress of doing so. */
export function ClipStatus({ videoId, run }: { videoId: string; run: RunState | null | undefined }) {
  const cut = useCutClips(videoId);
  if (run && isActive(run)) {
    const stage = run.stages.clip_extraction;
    const isCutting = run.current_stage === "clip_extraction" && stage;
    return (
      <div className={styles.clipLine}>
        <p>
          {statusText(run)}
          {isCutting && stage.items_total !== null && (
            <span className="tabular">
              {", "}
              {t("moments.progress", { done: Math.floor(stage.items_done ?? 0), total: stage.items_total })}
            </span>
          )}
        </p>
        <Progress
          label={t("moments.clip")}
          percent={isCutting ? stage.percent : null}
          className={styles.clipBar}
        />
      </div>
    );
  }
  return (
    <div className={styles.clipLine}>
      <p>{t("moments.noClipYet")}</p>
      <Button size="s" icon={<Film aria-hidden />} isPending={cut.isPending} onPress={() => cut.mutate()}>
        {t("moments.createClip")}
      </Button>
    </div>
  );
}

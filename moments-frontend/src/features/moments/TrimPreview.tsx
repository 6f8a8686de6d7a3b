import { Pause, Repeat, SkipForward } from "lucide-react";
import { t } from "@/i18n";
import { Button } from "@/ui/Button";
import { Switch } from "@/ui/Switch";
import styles from "./TrimEditor.module.css";
import type { TrimRange } from "./trim";
import { END_SECONDS, lastSeconds } from "./use-loop-preview";
import type { Trim } from "./use-trim";

/** Repeats the trimmed range or its last seconds, and each change if wanted. */
export function TrimPreview({ trim, isDisabled }: { trim: Trim; isDisabled: boolean }) {
  const { preview, range } = trim;
  const end = lastSeconds(range);
  const isEndPlaying = preview.start === end.start && end.start !== range.start;
  const isPlaying = preview.start === range.start && !isEndPlaying;
  const toggle = (part: TrimRange, isOn: boolean) => (isOn ? preview.stop() : preview.play(part));
  return (
    <div className={styles.preview}>
      <Button
        size="s"
        isDisabled={isDisabled}
        icon={isPlaying ? <Pause aria-hidden /> : <Repeat aria-hidden />}
        aria-label={isPlaying ? t("moments.pauseLoop") : t("moments.playInALoop")}
        onPress={() => toggle(range, isPlaying)}
      >
        {isPlaying ? t("common.pause") : t("moments.loop")}
      </Button>
      <Button
        size="s"
        isDisabled={isDisabled || end.start === range.start}
        icon={isEndPlaying ? <Pause aria-hidden /> : <SkipForward aria-hidden />}
        aria-label={
          isEndPlaying ? t("moments.pauseTheEnd") : t("moments.playTheEnd", { endseconds: END_SECONDS })
        }
        onPress={() => toggle(end, isEndPlaying)}
      >
        {isEndPlaying ? t("common.pause") : t("moments.lastSeconds", { endseconds: END_SECONDS })}
      </Button>
      <Switch isSelected={preview.isOn} onChange={preview.setOn}>
        {t("moments.playChanges")}
      </Switch>
    </div>
  );
}

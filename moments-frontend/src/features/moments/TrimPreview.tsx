import { Pause, Repeat, SkipForward } from "lucide-react";
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
        aria-label={isPlaying ? "Pause loop" : "Play in a loop"}
        onPress={() => toggle(range, isPlaying)}
      >
        {isPlaying ? "Pause" : "Loop"}
      </Button>
      <Button
        size="s"
        isDisabled={isDisabled || end.start === range.start}
        icon={isEndPlaying ? <Pause aria-hidden /> : <SkipForward aria-hidden />}
        aria-label={isEndPlaying ? "Pause the end" : `Play the last ${END_SECONDS} s in a loop`}
        onPress={() => toggle(end, isEndPlaying)}
      >
        {isEndPlaying ? "Pause" : `Last ${END_SECONDS} s`}
      </Button>
      <Switch isSelected={preview.isOn} onChange={preview.setOn}>
        Play changes
      </Switch>
    </div>
  );
}

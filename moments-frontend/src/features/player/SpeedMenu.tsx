import { Button } from "react-aria-components/Button";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { ChoiceMenu } from "@/ui/ChoiceMenu";
import { Tooltip } from "@/ui/Tooltip";
import { speedLabel } from "./commands";
import { SPEEDS } from "./shortcuts";
import styles from "./VideoPlayer.module.css";

const OPTIONS = SPEEDS.map((speed) => ({
  value: String(speed),
  label: speed === 1 ? "Normal" : speedLabel(speed),
}));

/** Playback speed button and menu. */
export function SpeedMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const player = usePlayer();
  const speed = usePlayerValue(({ video }) => video?.playbackRate ?? 1);
  return (
    <ChoiceMenu
      label="Speed"
      trigger={
        <Tooltip text="Speed" shortcut="< >">
          <Button className={styles.control} aria-label={`Speed ${speedLabel(speed)}`}>
            <span className={styles.speed}>{speedLabel(speed)}</span>
          </Button>
        </Tooltip>
      }
      placement="top end"
      options={OPTIONS}
      value={String(speed)}
      onChange={(value) => {
        if (player.video) player.video.playbackRate = Number(value);
      }}
      onOpenChange={onOpenChange}
    />
  );
}

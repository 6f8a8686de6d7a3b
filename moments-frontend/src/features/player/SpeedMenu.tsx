import { Button } from "react-aria-components/Button";
import { t } from "@/i18n";
import { usePlayer, usePlayerValue } from "@/lib/player";
import { ChoiceMenu } from "@/ui/ChoiceMenu";
import { Tooltip } from "@/ui/Tooltip";
import { speedLabel } from "./commands";
import { SPEEDS } from "./shortcuts";
import styles from "./VideoPlayer.module.css";

const optionOf = (speed: number) => ({
  value: String(speed),
  label: speed === 1 ? t("player.speedNormal") : speedLabel(speed),
});

/** Playback speed button and menu. */
export function SpeedMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const player = usePlayer();
  const speed = usePlayerValue(({ video }) => video?.playbackRate ?? 1);
  return (
    <ChoiceMenu
      label={t("player.speed")}
      trigger={
        <Tooltip text={t("player.speed")} shortcut="< >">
          <Button className={styles.control} aria-label={t("player.speedNow", { speed: speedLabel(speed) })}>
            <span className={styles.speed}>{speedLabel(speed)}</span>
          </Button>
        </Tooltip>
      }
      placement="top end"
      options={SPEEDS.map(optionOf)}
      value={String(speed)}
      onChange={(value) => {
        if (player.video) player.video.playbackRate = Number(value);
      }}
      onOpenChange={onOpenChange}
    />
  );
}

import { Check } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { usePlayer, usePlayerValue } from "@/lib/player";
import menuStyles from "@/ui/Menu.module.css";
import { Tooltip } from "@/ui/Tooltip";
import { speedLabel } from "./commands";
import { SPEEDS } from "./shortcuts";
import styles from "./VideoPlayer.module.css";

/** Playback speed button and menu. */
export function SpeedMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const player = usePlayer();
  const speed = usePlayerValue(({ video }) => video?.playbackRate ?? 1);
  return (
    <MenuTrigger onOpenChange={onOpenChange}>
      <Tooltip text="Speed" shortcut="< >">
        <Button className={styles.control} aria-label={`Speed ${speedLabel(speed)}`}>
          <span className={styles.speed}>{speedLabel(speed)}</span>
        </Button>
      </Tooltip>
      <Popover className={`${menuStyles.popover} ${styles.menu}`} placement="top end" offset={6}>
        <Menu
          aria-label="Speed"
          className={menuStyles.menu}
          selectionMode="single"
          selectedKeys={[String(speed)]}
          onSelectionChange={(keys) => {
            const [chosen] = keys;
            if (player.video && chosen !== undefined) player.video.playbackRate = Number(chosen);
          }}
        >
          {SPEEDS.map((value) => (
            <MenuItem
              key={value}
              id={String(value)}
              textValue={speedLabel(value)}
              className={`${menuStyles.item} ${styles.choice}`}
            >
              {({ isSelected }) => (
                <>
                  {value === 1 ? "Normal" : speedLabel(value)}
                  {isSelected && <Check aria-hidden />}
                </>
              )}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

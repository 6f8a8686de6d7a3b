import { Check } from "lucide-react";
import { Button } from "react-aria-components/Button";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import menuStyles from "@/ui/Menu.module.css";
import { Tip } from "@/ui/Tip";
import { speedName } from "./commands";
import { SPEEDS } from "./keys";
import { usePlayer, usePlayerValue } from "./player";
import styles from "./VideoPlayer.module.css";

/** How fast it plays: the button says it, the list changes it. */
export function SpeedMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const player = usePlayer();
  const speed = usePlayerValue(({ video }) => video?.playbackRate ?? 1);
  return (
    <MenuTrigger onOpenChange={onOpenChange}>
      <Tip text="Speed" shortcut="< >">
        <Button className={styles.control} aria-label={`Speed ${speedName(speed)}`}>
          <span className={styles.speed}>{speedName(speed)}</span>
        </Button>
      </Tip>
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
              textValue={speedName(value)}
              className={`${menuStyles.item} ${styles.choice}`}
            >
              {({ isSelected }) => (
                <>
                  {value === 1 ? "Normal" : speedName(value)}
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

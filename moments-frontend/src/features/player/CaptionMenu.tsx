import { Check, Type } from "lucide-react";
import { type TextKey, t } from "@/i18n";
import { IconButton } from "@/ui/Button";
import { Menu, MenuItem, MenuSection } from "@/ui/Menu";
import { setCaptionStyle, useCaptionStyle } from "./caption-style";
import { CAPTION_BACKGROUNDS, CAPTION_SIZES, type CaptionStyle } from "./preferences";
import styles from "./VideoPlayer.module.css";

const SIZES: Record<CaptionStyle["size"], TextKey> = {
  small: "player.captionSizeSmall",
  normal: "player.captionSizeNormal",
  large: "player.captionSizeLarge",
  huge: "player.captionSizeHuge",
};
const BACKGROUNDS: Record<CaptionStyle["background"], TextKey> = {
  box: "player.captionBackgroundBox",
  solid: "player.captionBackgroundSolid",
  outline: "player.captionBackgroundOutline",
};

/** Selects size and background of the captions. */
export function CaptionMenu({ onOpenChange }: { onOpenChange: (isOpen: boolean) => void }) {
  const style = useCaptionStyle();
  const mark = (isCurrent: boolean) => <Check visibility={isCurrent ? "visible" : "hidden"} />;
  return (
    <Menu
      label={t("player.captionStyle")}
      placement="top end"
      onOpenChange={onOpenChange}
      trigger={
        <IconButton
          label={t("player.captionStyle")}
          className={`${styles.control} ${styles.wide}`}
          icon={<Type />}
        />
      }
    >
      <MenuSection title={t("player.captionSize")}>
        {CAPTION_SIZES.map((size) => (
          <MenuItem key={size} icon={mark(size === style.size)} onAction={() => setCaptionStyle({ size })}>
            {t(SIZES[size])}
          </MenuItem>
        ))}
      </MenuSection>
      <MenuSection title={t("player.captionBackground")}>
        {CAPTION_BACKGROUNDS.map((background) => (
          <MenuItem
            key={background}
            icon={mark(background === style.background)}
            onAction={() => setCaptionStyle({ background })}
          >
            {t(BACKGROUNDS[background])}
          </MenuItem>
        ))}
      </MenuSection>
    </Menu>
  );
}

import { useState } from "react";
import { t } from "@/i18n";
import { shortcutGroups } from "@/lib/shortcuts";
import { Dialog } from "@/ui/Dialog";
import { ShortcutList } from "@/ui/ShortcutList";
import { Switch } from "@/ui/Switch";
import { getPreferences, updatePreferences } from "./preferences";
import styles from "./ShortcutsDialog.module.css";

/** Lists the keyboard shortcuts. */
export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [isEverywhere, setEverywhere] = useState(() => getPreferences().keysEverywhere);
  return (
    <Dialog title={t("app.shortcuts")} isOpen={isOpen} onClose={onClose}>
      <ShortcutList groups={shortcutGroups(location.pathname)} />
      {/* WCAG 2.1.4: speech input can trigger single-letter shortcuts, so they can be limited to the player. */}
      <div className={styles.everywhere}>
        <Switch
          isSelected={isEverywhere}
          onChange={(isOn) => {
            setEverywhere(isOn);
            updatePreferences({ keysEverywhere: isOn });
          }}
        >
          {t("player.keysEverywhere")}
        </Switch>
        <p>{t("player.keysEverywhereOff")}</p>
      </div>
    </Dialog>
  );
}

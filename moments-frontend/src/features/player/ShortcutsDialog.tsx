import { useState } from "react";
import { Dialog } from "@/ui/Dialog";
import { Switch } from "@/ui/Switch";
import { getPreferences, updatePreferences } from "./preferences";
import styles from "./ShortcutsDialog.module.css";
import { SHORTCUTS } from "./shortcuts";

/** Lists the keyboard shortcuts. */
export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [isEverywhere, setEverywhere] = useState(() => getPreferences().keysEverywhere);
  return (
    <Dialog title="Keyboard shortcuts" isOpen={isOpen} onClose={onClose}>
      <dl className={styles.list}>
        {SHORTCUTS.map(({ keys, text }) => (
          <div key={text} className={styles.entry}>
            <dt className={styles.keys}>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {/* WCAG 2.1.4: speech input can trigger single-letter shortcuts, so they can be limited to the player. */}
      <div className={styles.everywhere}>
        <Switch
          isSelected={isEverywhere}
          onChange={(isOn) => {
            setEverywhere(isOn);
            updatePreferences({ keysEverywhere: isOn });
          }}
        >
          Use shortcuts on the whole page
        </Switch>
        <p>If off, shortcuts work only while the player has focus.</p>
      </div>
    </Dialog>
  );
}

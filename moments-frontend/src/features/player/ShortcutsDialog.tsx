import { useState } from "react";
import { Dialog } from "@/ui/Dialog";
import { Switch } from "@/ui/Switch";
import { getPreferences, updatePreferences } from "./preferences";
import styles from "./ShortcutsDialog.module.css";
import { SHORTCUTS } from "./shortcuts";

interface ShortcutsDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Which key does what. */
export function ShortcutsDialog({ isOpen, onClose }: ShortcutsDialogProps) {
  const [isEverywhere, setEverywhere] = useState(() => getPreferences().keysEverywhere);
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
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
      {/* Single letters can be pressed by mistake, or by what people say to a program that listens. */}
      <div className={styles.everywhere}>
        <Switch
          isSelected={isEverywhere}
          onChange={(isOn) => {
            setEverywhere(isOn);
            updatePreferences({ keysEverywhere: isOn });
          }}
        >
          Keys work anywhere on the page
        </Switch>
        <p>Otherwise only while the player has the focus.</p>
      </div>
    </Dialog>
  );
}

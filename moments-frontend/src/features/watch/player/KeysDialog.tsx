import { useState } from "react";
import { Dialog } from "@/ui/Dialog";
import { Switch } from "@/ui/Switch";
import styles from "./KeysDialog.module.css";
import { KEY_LIST } from "./keys";
import { prefer, preferences } from "./preferences";

interface KeysDialogProps {
  isOpen: boolean;
  onClose: () => void;
}

/** Which key does what. */
export function KeysDialog({ isOpen, onClose }: KeysDialogProps) {
  const [isEverywhere, setEverywhere] = useState(() => preferences().keysEverywhere);
  return (
    <Dialog title="Keys" isOpen={isOpen} onClose={onClose}>
      <dl className={styles.list}>
        {KEY_LIST.map(({ keys, text }) => (
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
            prefer({ keysEverywhere: isOn });
          }}
        >
          Keys work anywhere on the page
        </Switch>
        <p>Otherwise only while the player has the focus.</p>
      </div>
    </Dialog>
  );
}

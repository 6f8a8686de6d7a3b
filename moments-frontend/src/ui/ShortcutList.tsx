import { type TextKey, t } from "@/i18n";
import type { ShortcutGroup } from "@/lib/shortcuts";
import styles from "./ShortcutList.module.css";

/** Keys whose names differ between languages. */
const KEY_NAMES: Readonly<Record<string, TextKey>> = {
  Ctrl: "ui.keyCtrl",
  Enter: "ui.keyEnter",
  Space: "ui.keySpace",
  Shift: "ui.keyShift",
  Home: "ui.keyHome",
  End: "ui.keyEnd",
};

function keyName(key: string): string {
  const name = KEY_NAMES[key];
  return name ? t(name) : key;
}

/** Keys and their effects, in groups. */
export function ShortcutList({ groups }: { groups: readonly ShortcutGroup[] }) {
  return groups.map(({ title, shortcuts }) => (
    <section key={title} className={styles.group}>
      {groups.length > 1 && <h3 className={styles.title}>{t(title)}</h3>}
      <dl className={styles.list}>
        {shortcuts.map(({ keys, text }) => (
          <div key={text} className={styles.entry}>
            <dt className={styles.keys}>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
    </section>
  ));
}

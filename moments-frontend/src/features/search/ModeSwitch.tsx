import { ToggleButton } from "react-aria-components/ToggleButton";
import { ToggleButtonGroup } from "react-aria-components/ToggleButtonGroup";
import type { SearchMode } from "@/api/search";
import { t } from "@/i18n";
import { MODES } from "./address";
import styles from "./ModeSwitch.module.css";

/** Chooses between words and meaning. */
export function ModeSwitch({ mode, onChange }: { mode: SearchMode; onChange: (mode: SearchMode) => void }) {
  return (
    <ToggleButtonGroup
      aria-label={t("search.searchBy")}
      className={styles.modes ?? ""}
      disallowEmptySelection
      selectedKeys={[mode]}
      onSelectionChange={([key]) => onChange(key as SearchMode)}
    >
      {MODES.map(({ value, label }) => (
        <ToggleButton key={value} id={value} className={styles.mode ?? ""}>
          {t(label)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  );
}

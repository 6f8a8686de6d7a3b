import { ListChecks, RotateCw } from "lucide-react";
import { ToggleButton } from "react-aria-components/ToggleButton";
import { t } from "@/i18n";
import { Button, IconButton } from "@/ui/Button";
import styles from "./MomentsPanel.module.css";
import { type ListOptions, saveSortOrder } from "./moment-list";
import { SortMenu } from "./SortMenu";

interface ListToolbarProps {
  count: number;
  hasKept: boolean;
  options: ListOptions;
  onChange: (options: ListOptions) => void;
  onSelect: () => void;
  onOpenOptions: () => void;
}

/** Number of moments, filter, sort order and actions of the list. */
export function ListToolbar(props: ListToolbarProps) {
  const { count, hasKept, options, onChange, onSelect, onOpenOptions } = props;
  return (
    <div className={styles.bar}>
      <h2 className={styles.count}>{t("common.momentCount", { count })}</h2>
      {hasKept && (
        <ToggleButton
          className={styles.toggle ?? ""}
          isSelected={options.keptOnly}
          onChange={(keptOnly) => onChange({ ...options, keptOnly })}
        >
          {t("moments.keptOnly")}
        </ToggleButton>
      )}
      {count > 1 && (
        <SortMenu
          order={options.order}
          onChange={(order) => {
            onChange({ ...options, order });
            saveSortOrder(order);
          }}
        />
      )}
      <IconButton
        label={t("moments.selectMoments")}
        variant="secondary"
        icon={<ListChecks />}
        onPress={onSelect}
      />
      <Button size="s" icon={<RotateCw aria-hidden />} onPress={onOpenOptions}>
        {t("moments.findAgain")}
      </Button>
    </div>
  );
}

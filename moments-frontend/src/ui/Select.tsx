import { Check, ChevronDown } from "lucide-react";
import { Button as AriaButton } from "react-aria-components/Button";
import { Label } from "react-aria-components/Label";
import { ListBox, ListBoxItem } from "react-aria-components/ListBox";
import { Popover } from "react-aria-components/Popover";
import { Select as AriaSelect, SelectValue } from "react-aria-components/Select";
import { cx } from "./cx";
import fieldStyles from "./Field.module.css";
import menuStyles from "./Menu.module.css";
import styles from "./Select.module.css";

export interface Option<Value extends string> {
  value: Value;
  label: string;
}

interface SelectProps<Value extends string> {
  label: string;
  /** Show the label to screen readers only; the options must be clear without it. */
  hideLabel?: boolean;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  className?: string;
}

export function Select<Value extends string>({
  label,
  hideLabel,
  options,
  value,
  onChange,
  className,
}: SelectProps<Value>) {
  return (
    <AriaSelect
      value={value}
      onChange={(key) => onChange(key as Value)}
      className={cx(fieldStyles.field, className)}
      {...(hideLabel ? { "aria-label": label } : {})}
    >
      {!hideLabel && <Label className={fieldStyles.label}>{label}</Label>}
      <AriaButton className={styles.button ?? ""}>
        <SelectValue className={styles.value ?? ""} />
        <ChevronDown aria-hidden />
      </AriaButton>
      <Popover className={menuStyles.popover ?? ""} offset={4}>
        <ListBox className={menuStyles.menu ?? ""}>
          {options.map((option) => (
            <ListBoxItem
              key={option.value}
              id={option.value}
              textValue={option.label}
              className={cx(menuStyles.item, menuStyles.choice)}
            >
              {({ isSelected }) => (
                <>
                  {option.label}
                  {isSelected && <Check aria-hidden />}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

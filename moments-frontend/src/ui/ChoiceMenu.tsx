import { Check } from "lucide-react";
import type { ReactElement } from "react";
import { Menu, MenuItem, MenuTrigger } from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import styles from "./Menu.module.css";
import type { Option } from "./Select";

interface ChoiceMenuProps<Value extends string> {
  label: string;
  /** The button that opens the menu. */
  trigger: ReactElement;
  options: readonly Option<Value>[];
  value: Value;
  onChange: (value: Value) => void;
  onOpenChange?: (isOpen: boolean) => void;
  placement?: "bottom end" | "top end";
}

/** A button that opens a menu with one selected option. */
export function ChoiceMenu<Value extends string>({
  label,
  trigger,
  options,
  value,
  onChange,
  onOpenChange,
  placement = "bottom end",
}: ChoiceMenuProps<Value>) {
  return (
    <MenuTrigger {...(onOpenChange && { onOpenChange })}>
      {trigger}
      <Popover className={styles.popover ?? ""} placement={placement} offset={6}>
        <Menu
          aria-label={label}
          className={styles.menu ?? ""}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[value]}
          onSelectionChange={(keys) => onChange([...keys][0] as Value)}
        >
          {options.map((option) => (
            <MenuItem
              key={option.value}
              id={option.value}
              textValue={option.label}
              className={`${styles.item} ${styles.choice}`}
            >
              {({ isSelected }) => (
                <>
                  {option.label}
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

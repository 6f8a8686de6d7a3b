import type { ReactElement, ReactNode } from "react";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  type MenuItemProps,
  MenuTrigger,
} from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { cx } from "./cx";
import styles from "./Menu.module.css";

interface MenuProps {
  label: string;
  /** The button that opens it. */
  trigger: ReactElement;
  children: ReactNode;
}

/** A button with a list of things to do. */
export function Menu({ label, trigger, children }: MenuProps) {
  return (
    <MenuTrigger>
      {trigger}
      <Popover className={styles.popover ?? ""} placement="bottom end" offset={6}>
        <AriaMenu aria-label={label} className={styles.menu ?? ""}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

interface ItemProps extends Omit<MenuItemProps, "className" | "children"> {
  icon?: ReactNode;
  isDanger?: boolean;
  children: string;
}

export function MenuItem({ icon, isDanger, children, ...props }: ItemProps) {
  return (
    <AriaMenuItem {...props} textValue={children} className={cx(styles.item, isDanger && styles.danger)}>
      {icon}
      {children}
    </AriaMenuItem>
  );
}

import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
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

interface MenuAtProps {
  label: string;
  /** What it opens beside, and gives the focus back to. */
  at: HTMLElement;
  onClose: () => void;
  children: ReactNode;
}

/** The list alone, open beside an element that is no button of ours. */
export function MenuAt({ label, at, onClose, children }: MenuAtProps) {
  const anchor = useRef(at);
  useEffect(() => {
    at.ariaExpanded = "true";
    return () => {
      at.ariaExpanded = null;
    };
  }, [at]);
  return (
    <Popover
      aria-label={label}
      triggerRef={anchor}
      isOpen
      onOpenChange={(open) => !open && onClose()}
      className={styles.popover ?? ""}
      placement="bottom end"
      offset={6}
    >
      <AriaMenu autoFocus="first" aria-label={label} className={styles.menu ?? ""} onClose={onClose}>
        {children}
      </AriaMenu>
    </Popover>
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

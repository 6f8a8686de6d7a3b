import { type ReactElement, type ReactNode, useEffect, useRef } from "react";
import { Header } from "react-aria-components/Header";
import {
  Menu as AriaMenu,
  MenuItem as AriaMenuItem,
  MenuSection as AriaMenuSection,
  type MenuItemProps,
  MenuTrigger,
} from "react-aria-components/Menu";
import { Popover } from "react-aria-components/Popover";
import { cx } from "./cx";
import styles from "./Menu.module.css";

interface MenuProps {
  label: string;
  /** The button that opens the menu. */
  trigger: ReactElement;
  children: ReactNode;
  placement?: "bottom end" | "top end";
  onOpenChange?: (isOpen: boolean) => void;
}

/** A button that opens a list of actions. */
export function Menu({ label, trigger, children, placement = "bottom end", onOpenChange }: MenuProps) {
  return (
    <MenuTrigger {...(onOpenChange && { onOpenChange })}>
      {trigger}
      <Popover className={styles.popover ?? ""} placement={placement} offset={6}>
        <AriaMenu aria-label={label} className={styles.menu ?? ""}>
          {children}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

interface MenuAtProps {
  label: string;
  /** The element that the menu opens beside and returns the focus to. */
  anchor: HTMLElement;
  onClose: () => void;
  children: ReactNode;
}

/** An open menu without a trigger of its own. */
export function MenuAt({ label, anchor, onClose, children }: MenuAtProps) {
  const trigger = useRef(anchor);
  useEffect(() => {
    anchor.ariaExpanded = "true";
    return () => {
      anchor.ariaExpanded = null;
    };
  }, [anchor]);
  return (
    <Popover
      aria-label={label}
      triggerRef={trigger}
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

/** A group of items with a title. */
export function MenuSection({ title, children }: { title: string; children: ReactNode }) {
  return (
    <AriaMenuSection className={styles.section ?? ""}>
      <Header className={styles.heading}>{title}</Header>
      {children}
    </AriaMenuSection>
  );
}

interface ItemProps extends Omit<MenuItemProps, "className" | "children"> {
  icon?: ReactNode;
  isDanger?: boolean;
  /** Result of the action in a few words, where its name alone could be misunderstood. */
  description?: string;
  children: string;
}

export function MenuItem({ icon, isDanger, description, children, ...props }: ItemProps) {
  return (
    <AriaMenuItem {...props} textValue={children} className={cx(styles.item, isDanger && styles.danger)}>
      {icon}
      {description === undefined ? (
        children
      ) : (
        <span className={styles.texts}>
          <span>{children}</span>
          <span className={styles.description}>{description}</span>
        </span>
      )}
    </AriaMenuItem>
  );
}

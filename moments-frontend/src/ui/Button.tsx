import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import { Link as AriaLink, type LinkProps as AriaLinkProps } from "react-aria-components/Link";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Spinner } from "./Spinner";
import { Tooltip } from "./Tooltip";

export type Variant = "primary" | "secondary" | "ghost" | "danger";

interface Appearance {
  variant?: Variant;
  size?: "s" | "m";
  icon?: ReactNode;
  className?: string;
}

function classNames({ variant = "secondary", size = "m", className }: Appearance, iconOnly = false): string {
  return cx(styles.button, styles[variant], styles[size], iconOnly && styles.iconOnly, className);
}

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "children">, Appearance {
  children?: ReactNode;
}

/** A button. `isPending` shows a spinner and ignores further presses. */
export function Button({ variant, size, icon, className, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={classNames({ variant, size, className })}>
      {props.isPending ? <Spinner /> : icon}
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, "className" | "children">, Appearance {
  label: string;
  /** Keyboard shortcut shown in the tooltip. */
  shortcut?: string;
}

/** A button with only an icon; the label is its accessible name and tooltip. */
export function IconButton({
  label,
  shortcut,
  variant = "ghost",
  size,
  icon,
  className,
  ...props
}: IconButtonProps) {
  return (
    <Tooltip text={label} shortcut={shortcut}>
      <AriaButton {...props} aria-label={label} className={classNames({ variant, size, className }, true)}>
        {props.isPending ? <Spinner /> : icon}
      </AriaButton>
    </Tooltip>
  );
}

export interface LinkButtonProps extends Omit<AriaLinkProps, "className" | "children">, Appearance {
  children: ReactNode;
}

/** A link that looks like a button. */
export function LinkButton({ variant, size, icon, className, children, ...props }: LinkButtonProps) {
  return (
    <AriaLink {...props} className={classNames({ variant, size, className })}>
      {icon}
      {children}
    </AriaLink>
  );
}

/** A link that looks like an `IconButton`. */
export function IconLink({
  label,
  variant = "ghost",
  size,
  icon,
  className,
  ...props
}: Omit<LinkButtonProps, "children"> & { label: string }) {
  return (
    <Tooltip text={label}>
      <AriaLink {...props} aria-label={label} className={classNames({ variant, size, className }, true)}>
        {icon}
      </AriaLink>
    </Tooltip>
  );
}

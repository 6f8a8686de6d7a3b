import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components/Button";
import { Link as AriaLink, type LinkProps as AriaLinkProps } from "react-aria-components/Link";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Spinner } from "./Spinner";
import { Tooltip } from "./Tooltip";

export type Variant = "primary" | "secondary" | "ghost" | "danger";

interface Look {
  variant?: Variant;
  size?: "s" | "m";
  icon?: ReactNode;
  className?: string;
}

function classOf({ variant = "secondary", size = "m", className }: Look, iconOnly = false): string {
  return cx(styles.button, styles[variant], styles[size], iconOnly && styles.iconOnly, className);
}

export interface ButtonProps extends Omit<AriaButtonProps, "className" | "children">, Look {
  children?: ReactNode;
}

/** A button. `isPending` shows that what it began goes on, and takes no second press. */
export function Button({ variant, size, icon, className, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={classOf({ variant, size, className })}>
      {props.isPending ? <Spinner /> : icon}
      {children}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, "className" | "children">, Look {
  label: string;
  /** The key that does the same, for the tooltip. */
  shortcut?: string;
}

/** A button that is only a picture: its label is its name and its tooltip. */
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
      <AriaButton {...props} aria-label={label} className={classOf({ variant, size, className }, true)}>
        {props.isPending ? <Spinner /> : icon}
      </AriaButton>
    </Tooltip>
  );
}

export interface LinkButtonProps extends Omit<AriaLinkProps, "className" | "children">, Look {
  children: ReactNode;
}

/** A link that looks like a button. */
export function LinkButton({ variant, size, icon, className, children, ...props }: LinkButtonProps) {
  return (
    <AriaLink {...props} className={classOf({ variant, size, className })}>
      {icon}
      {children}
    </AriaLink>
  );
}

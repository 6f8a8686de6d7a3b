import type { ReactNode } from "react";
import { ToggleButton as AriaToggleButton, type ToggleButtonProps } from "react-aria-components/ToggleButton";
import styles from "./Button.module.css";
import { cx } from "./cx";

interface Props extends Omit<ToggleButtonProps, "className" | "children"> {
  icon?: ReactNode;
  children: ReactNode;
}

/** A button that stays pressed. */
export function ToggleButton({ icon, children, ...props }: Props) {
  return (
    <AriaToggleButton {...props} className={cx(styles.button, styles.secondary, styles.m, styles.toggle)}>
      {icon}
      {children}
    </AriaToggleButton>
  );
}

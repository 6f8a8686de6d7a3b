import { Link } from "react-aria-components/Link";
import type { LinkButtonProps } from "./Button";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Tooltip } from "./Tooltip";

interface IconLinkProps extends Omit<LinkButtonProps, "children"> {
  label: string;
}

/** A link that looks like an `IconButton`. */
export function IconLink({ label, variant = "ghost", size = "m", icon, className, ...props }: IconLinkProps) {
  return (
    <Tooltip text={label}>
      <Link
        {...props}
        aria-label={label}
        className={cx(styles.button, styles[variant], styles[size], styles.iconOnly, className)}
      >
        {icon}
      </Link>
    </Tooltip>
  );
}

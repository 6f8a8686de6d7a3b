import { ProgressBar } from "react-aria-components/ProgressBar";
import { cx } from "./cx";
import styles from "./Progress.module.css";

interface ProgressProps {
  label: string;
  /** 0 to 100; null if unknown. */
  percent: number | null;
  className?: string;
}

export function Progress({ label, percent, className }: ProgressProps) {
  return (
    <ProgressBar
      aria-label={label}
      {...(percent === null ? { isIndeterminate: true } : { value: percent })}
      className={cx(styles.bar, percent === null && styles.moving, className)}
    >
      <span className={styles.fill} style={percent === null ? undefined : { width: `${percent}%` }} />
    </ProgressBar>
  );
}

import type { CSSProperties } from "react";
import styles from "./Skeleton.module.css";

/** The place of something that is on its way. */
export function Skeleton({
  width,
  height,
  style,
}: {
  width?: string;
  height?: string;
  style?: CSSProperties;
}) {
  return <span aria-hidden className={styles.skeleton} style={{ width, height, ...style }} />;
}

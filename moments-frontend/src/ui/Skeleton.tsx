import type { CSSProperties } from "react";
import styles from "./Skeleton.module.css";

/** Takes the space of content that is being loaded. */
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

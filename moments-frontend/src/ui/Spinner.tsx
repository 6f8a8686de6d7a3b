import styles from "./Spinner.module.css";

/** A decorative spinner; the parent announces the activity. */
export function Spinner() {
  return <span aria-hidden className={styles.spinner} />;
}

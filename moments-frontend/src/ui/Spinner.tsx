import styles from "./Spinner.module.css";

/** Turns while something goes on. Whoever shows it says in words what. */
export function Spinner() {
  return <span aria-hidden className={styles.spinner} />;
}

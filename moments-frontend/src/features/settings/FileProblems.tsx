import { sentence } from "@/lib/format";
import styles from "./Settings.module.css";

interface FileProblemsProps {
  summary: string;
  /** Files with the reason why they were not added. */
  problems: readonly { path: string; detail: string; remedy?: string | null }[];
  /** Files that are skipped on purpose. */
  ignored?: readonly { path: string; reason: string }[];
}

/** Files that were not added, with cause and remedy; open if some of them failed. */
export function FileProblems({ summary, problems, ignored = [] }: FileProblemsProps) {
  if (problems.length === 0 && ignored.length === 0) return null;
  return (
    <details className={styles.more} open={problems.length > 0}>
      <summary>{summary}</summary>
      <ul>
        {problems.map(({ path, detail, remedy }) => (
          <li key={path} className={styles.facts}>
            <code>{path}</code>: <span className={styles.error}>{sentence(detail)}</span>{" "}
            {remedy && sentence(remedy)}
          </li>
        ))}
        {ignored.map(({ path, reason }) => (
          <li key={path} className={styles.facts}>
            <code>{path}</code>: {sentence(reason)}
          </li>
        ))}
      </ul>
    </details>
  );
}

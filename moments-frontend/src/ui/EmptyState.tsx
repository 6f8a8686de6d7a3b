import { CloudOff, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { problemText, toApiError } from "@/api/errors";
import { t } from "@/i18n";
import { Button } from "./Button";
import { cx } from "./cx";
import styles from "./EmptyState.module.css";

interface EmptyStateProps {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  /** For use in a panel. */
  isSmall?: boolean;
  /** Fill the page and make the title its heading. */
  isPage?: boolean;
  role?: "alert" | "status";
}

/** Shown in place of missing content. */
export function EmptyState({ icon, title, children, actions, isSmall, isPage, role }: EmptyStateProps) {
  const Title = isPage ? "h1" : "h2";
  return (
    <div className={cx(styles.state, isSmall && styles.small)} role={role}>
      <span aria-hidden className={styles.icon}>
        {icon}
      </span>
      <Title className={styles.title}>{title}</Title>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

interface ErrorStateProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
  isSmall?: boolean;
  isPage?: boolean;
  actions?: ReactNode;
}

/** An error with its cause and remedy. */
export function ErrorState({ error, onRetry, isSmall, isPage, actions }: ErrorStateProps) {
  const { problem, isUnreachable } = toApiError(error);
  return (
    <EmptyState
      role="alert"
      isSmall={isSmall ?? false}
      isPage={isPage ?? false}
      icon={isUnreachable ? <CloudOff /> : <TriangleAlert />}
      title={problem.title}
      actions={
        <>
          {onRetry && <Button onPress={onRetry}>{t("common.retry")}</Button>}
          {actions}
        </>
      }
    >
      <p>{problemText(problem)}</p>
    </EmptyState>
  );
}

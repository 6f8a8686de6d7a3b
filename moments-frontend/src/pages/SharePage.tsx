import { useQuery } from "@tanstack/react-query";
import { toApiError } from "@/api/errors";
import { sharedQuery } from "@/api/shared";
import { SharedPlayer } from "@/features/sharing/SharedPlayer";
import { SharePasswordForm } from "@/features/sharing/SharePasswordForm";
import { t } from "@/i18n";
import { useDocumentTitle } from "@/lib/use-document-title";
import { ErrorState } from "@/ui/EmptyState";
import { Spinner } from "@/ui/Spinner";
import styles from "./SharePage.module.css";

const PASSWORD_REQUIRED = 401;

/** The page of a share link. */
export function SharePage({ token }: { token: string }) {
  const { data, error, refetch } = useQuery(sharedQuery(token));
  useDocumentTitle(data?.title ?? t("shared.sharedWith"));
  if (error && toApiError(error).status === PASSWORD_REQUIRED) return <SharePasswordForm token={token} />;
  return (
    <div className={styles.page}>
      <main className={styles.main}>
        {error ? (
          <ErrorState error={error} isPage onRetry={() => void refetch()} />
        ) : data ? (
          <>
            <h1 className={styles.title}>{data.title}</h1>
            <SharedPlayer token={token} shared={data} />
          </>
        ) : (
          <p role="status" className={styles.loading}>
            <Spinner /> {t("shared.loading")}
          </p>
        )}
      </main>
      <footer className={styles.footer}>{t("shared.sharedWith")}</footer>
    </div>
  );
}

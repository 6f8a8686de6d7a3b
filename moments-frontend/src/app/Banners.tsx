import { useQuery } from "@tanstack/react-query";
import { CloudOff, Hourglass, RefreshCw } from "lucide-react";
import { type ReactNode, useEffect, useRef, useSyncExternalStore } from "react";
import { client, unwrap } from "@/api/client";
import { type ApiError, toApiError } from "@/api/errors";
import { refetchFailed } from "@/api/query-client";
import { reconnect, useLiveRuns } from "@/api/run-events";
import { useSlowRequests } from "@/api/send-request";
import { useItems } from "@/features/upload/store";
import { t } from "@/i18n";
import { checkBuild, useIsNewBuildAvailable } from "@/lib/build";
import { listen } from "@/lib/listen";
import { Button } from "@/ui/Button";
import styles from "./Banners.module.css";

/** Messages about the connection and the app itself, below the header of every page. */
export function Banners() {
  useRecovery();
  const problem = useConnectionProblem();
  const slow = useSlowRequests();
  const isNew = useIsNewBuildAvailable();
  return (
    <div role="status" className={styles.region}>
      {problem ? (
        <Banner icon={<CloudOff aria-hidden />}>{problem}</Banner>
      ) : (
        slow.count > 0 && (
          <Banner icon={<Hourglass aria-hidden />} action={slow.retry} label={t("common.retry")}>
            {t("app.slow")}
          </Banner>
        )
      )}
      {isNew && <NewVersion />}
    </div>
  );
}

interface BannerProps {
  icon: ReactNode;
  children: ReactNode;
  action?: (() => void) | null;
  label?: string;
}

function Banner({ icon, children, action, label }: BannerProps) {
  return (
    <div className={styles.banner}>
      {icon}
      <p>{children}</p>
      {action && (
        <Button size="s" onPress={action}>
          {label}
        </Button>
      )}
    </div>
  );
}

/** Never reloads by itself: text may be half typed, and an upload would be interrupted. */
function NewVersion() {
  const isUploading = useItems().some(({ status }) => status === "uploading" || status === "queued");
  return (
    <Banner icon={<RefreshCw aria-hidden />} action={() => location.reload()} label={t("ui.reload")}>
      {t("app.newVersion")} {isUploading && t("app.newVersionUploads")}
    </Banner>
  );
}

const POLL_MS = 4_000;

/** Return why the page is out of date: server, database or Redis are unavailable; null if all is well. */
function useConnectionProblem(): string | null {
  const { isConnected } = useLiveRuns();
  const isOnline = useSyncExternalStore(
    (changed) => listen(window, { online: changed, offline: changed }),
    () => navigator.onLine,
  );
  const health = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => unwrap(client.GET("/health", { signal })),
    // A failure always interrupts the event stream first.
    enabled: !isConnected,
    refetchInterval: POLL_MS,
    retry: false,
    staleTime: 0,
  });
  const error: ApiError | null = !isConnected && health.isError ? toApiError(health.error) : null;
  const hadError = useRef(false);
  useEffect(() => {
    if (hadError.current && !error) {
      reconnect();
      void refetchFailed();
      void checkBuild(); // the server may have been updated
    }
    hadError.current = error !== null;
  }, [error]);
  if (!error) return null;
  if (!error.isUnreachable) return t("app.degraded");
  return isOnline ? t("app.unreachable") : t("app.offline");
}

/** Interval at which failed queries of the page are sent again. */
const REFETCH_MS = 15_000;

/** Refetch what failed, and look for a new build when the reader returns to the page. */
function useRecovery(): void {
  useEffect(() => {
    const timer = setInterval(() => void refetchFailed(), REFETCH_MS);
    const stop = listen(window, {
      online: () => {
        reconnect();
        void refetchFailed();
      },
      focus: () => void checkBuild(),
    });
    return () => {
      clearInterval(timer);
      stop();
    };
  }, []);
}

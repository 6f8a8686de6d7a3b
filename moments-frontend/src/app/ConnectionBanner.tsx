import { useQuery } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { client, unwrap } from "@/api/client";
import { toApiError } from "@/api/errors";
import { queryClient } from "@/api/query-client";
import { useLiveRuns } from "@/api/run-events";
import styles from "./ConnectionBanner.module.css";

const POLL_MS = 4_000;

/** Shows while the server, its database or Redis is unavailable; afterwards, failed queries are refetched. */
export function ConnectionBanner() {
  const { isConnected } = useLiveRuns();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => unwrap(client.GET("/health", { signal })),
    // A failure always interrupts the event stream first.
    enabled: !isConnected,
    refetchInterval: POLL_MS,
    retry: false,
    staleTime: 0,
  });
  const error = !isConnected && health.isError ? toApiError(health.error) : null;
  const hadError = useRef(false);
  useEffect(() => {
    if (hadError.current && !error)
      void queryClient.refetchQueries({ predicate: (query) => query.state.status === "error" });
    hadError.current = error !== null;
  }, [error]);
  return (
    <div role="status" className={styles.region}>
      {error && (
        <p className={styles.banner}>
          <CloudOff aria-hidden />
          {error.isUnreachable
            ? "The server cannot be reached. This page reconnects automatically."
            : "The database or Redis is unavailable. This page may be out of date until it reconnects."}
        </p>
      )}
    </div>
  );
}

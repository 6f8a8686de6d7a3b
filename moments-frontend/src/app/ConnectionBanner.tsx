import { useQuery } from "@tanstack/react-query";
import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { client, unwrap } from "@/api/client";
import { toApiError } from "@/api/errors";
import { queryClient } from "@/api/query-client";
import { useLiveRuns } from "@/api/run-events";
import styles from "./ConnectionBanner.module.css";

const LOOK_MS = 4_000;

/** Says that the server is away, or lacks a part, while it does; what failed meanwhile is read anew after. */
export function ConnectionBanner() {
  const { isConnected } = useLiveRuns();
  const health = useQuery({
    queryKey: ["health"],
    queryFn: ({ signal }) => unwrap(client.GET("/health", { signal })),
    // The stream of events is cut as soon as anything is; only then is the server asked.
    enabled: !isConnected,
    refetchInterval: LOOK_MS,
    retry: false,
    staleTime: 0,
  });
  const trouble = !isConnected && health.isError ? toApiError(health.error) : null;
  const wasAway = useRef(false);
  useEffect(() => {
    if (wasAway.current && !trouble)
      void queryClient.refetchQueries({ predicate: (query) => query.state.status === "error" });
    wasAway.current = trouble !== null;
  }, [trouble]);
  return (
    <div role="status" className={styles.region}>
      {trouble && (
        <p className={styles.banner}>
          <CloudOff aria-hidden />
          {trouble.isUnreachable
            ? "The server cannot be reached. This page goes on by itself once it can."
            : "The server lacks its database or Redis. What is shown may be old; it is mended by itself."}
        </p>
      )}
    </div>
  );
}

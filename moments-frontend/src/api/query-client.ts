import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { createEmitter } from "@/lib/emitter";
import { ApiError } from "./errors";

const MAX_RETRIES = 2;

const unauthorised = createEmitter();

/** Call `listener` for each 401 response. Returns a function that removes it. */
export const onUnauthorised = unauthorised.subscribe;

function notifyUnauthorised(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) unauthorised.emit();
}

/** Report whether the same request may succeed later; an internal error of the server may be a passing one. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && (error.problem.retryable || error.status >= 500);
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notifyUnauthorised }),
  mutationCache: new MutationCache({ onError: notifyUnauthorised }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => isPassing(error) && failures < MAX_RETRIES,
      // The API often runs on this machine, which may be offline.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** Send the requests again that failed for a passing reason and whose data is on the page. */
export async function refetchFailed(): Promise<void> {
  await queryClient.refetchQueries({
    type: "active",
    predicate: ({ state }) =>
      state.status === "error" && state.fetchStatus === "idle" && isPassing(state.error),
  });
}

/** Mark queries as stale and refetch those in use.
 *
 * A first response that is still in flight may be older than the change, and `invalidateQueries` alone would
 * keep it; such requests are cancelled and sent again. */
export async function invalidate(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey, predicate: ({ state }) => state.data === undefined });
  await queryClient.invalidateQueries({ queryKey });
}

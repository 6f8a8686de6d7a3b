import { MutationCache, QueryCache, QueryClient, type QueryKey } from "@tanstack/react-query";
import { ApiError } from "./client";

const RETRIES = 2;

type Listener = () => void;
const unauthorised = new Set<Listener>();

/** Be told when the API wants a key. */
export function onUnauthorised(listener: Listener): () => void {
  unauthorised.add(listener);
  return () => unauthorised.delete(listener);
}

function notice(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) for (const listener of unauthorised) listener();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: notice }),
  mutationCache: new MutationCache({ onError: notice }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => error instanceof ApiError && error.problem.retryable && failures < RETRIES,
      // The API is often on this very machine: whether there is an internet says nothing.
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

/** Read anew what is shown of these, since it has changed.
 *
 * A first answer that is still on its way may be older than the change, and invalidating alone leaves it at
 * that: such a request is dropped and made again. */
export async function readAnew(queryKey: QueryKey): Promise<void> {
  await queryClient.cancelQueries({ queryKey, predicate: ({ state }) => state.data === undefined });
  await queryClient.invalidateQueries({ queryKey });
}

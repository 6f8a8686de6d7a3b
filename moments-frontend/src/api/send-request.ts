/** Sends requests with a time limit, and repeats those that may be repeated after a lost connection. */

import { t } from "@/i18n";
import { createStore, useStore } from "@/lib/store";
import { ApiError, clientProblem } from "./errors";

/** Time limits. A change may have to wait for the bucket, and must not be sent twice. */
const READ_TIMEOUT_MS = 30_000;
const CHANGE_TIMEOUT_MS = 120_000;
/** Reads that examine the whole library. */
const LONG_READS = /^\/api\/(storage|duplicates|verification)\b/;
/** Time after which the page shows that it is still waiting. */
const SLOW_MS = 5_000;
/** Wait before a change is sent again. */
const REPEAT_MS = 1_000;
/** Changes with the same effect however often they are made. */
const REPEATABLE = ["PUT", "PATCH", "DELETE"];

/** Functions that end a slow request, so that it is sent again; null for those that cannot be repeated. */
const slowRequests = createStore<readonly ((() => void) | null)[]>([]);

/** Return the number of requests that take long, and a function that sends them again if that is possible. */
export function useSlowRequests(): { count: number; retry: (() => void) | null } {
  const slow = useStore(slowRequests);
  const canRetry = slow.some((end) => end !== null);
  return { count: slow.length, retry: canRetry ? retrySlowRequests : null };
}

function retrySlowRequests(): void {
  for (const end of slowRequests.get()) end?.();
}

/** Send a request; a read returns after its whole body has arrived.
 *
 * @throws {ApiError} the server did not respond in time
 * @throws {TypeError} the server cannot be reached */
export async function sendRequest(request: Request): Promise<Response> {
  if (!REPEATABLE.includes(request.method)) return sendOnce(request);
  const copy = request.clone();
  try {
    return await sendOnce(request);
  } catch (error) {
    if (!(error instanceof TypeError) || request.signal.aborted) throw error;
  }
  await new Promise((resolve) => setTimeout(resolve, REPEAT_MS));
  const response = await sendOnce(copy);
  // The first request may have arrived although its response was lost.
  const isGone = request.method === "DELETE" && response.status === 404;
  return isGone ? new Response(null, { status: 204 }) : response;
}

async function sendOnce(request: Request): Promise<Response> {
  const isRead = request.method === "GET";
  const isLong = !isRead || LONG_READS.test(new URL(request.url).pathname);
  const limit = new AbortController();
  const end = () => limit.abort(timeoutError(isRead));
  const retry = isRead ? end : null;
  const timers = [
    setTimeout(end, isLong ? CHANGE_TIMEOUT_MS : READ_TIMEOUT_MS),
    setTimeout(() => slowRequests.set([...slowRequests.get(), retry]), SLOW_MS),
  ];
  const startedAt = performance.now();
  try {
    const signal = AbortSignal.any([request.signal, limit.signal]);
    const response = await fetch(request, { signal });
    return isRead ? await withBody(response) : response;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    if (performance.now() - startedAt >= SLOW_MS) removeSlow(retry);
  }
}

function removeSlow(retry: (() => void) | null): void {
  const slow = [...slowRequests.get()];
  const index = slow.indexOf(retry);
  if (index >= 0) slowRequests.set(slow.toSpliced(index, 1));
}

/** Read the body now, so that the time limit includes it. */
async function withBody(response: Response): Promise<Response> {
  const { status, statusText, headers } = response;
  const body = await response.arrayBuffer();
  return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers });
}

function timeoutError(isRead: boolean): ApiError {
  const remedy = isRead ? t("api.timeoutRemedy") : t("api.timeoutChangeRemedy");
  return new ApiError(clientProblem("timeout", t("api.timeout"), t("api.timeoutDetail"), remedy));
}

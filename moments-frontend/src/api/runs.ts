/** Runs of the pipeline. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, nextCursor, unwrap, unwrapWithResponse } from "./client";
import { nullIfMissing } from "./errors";
import { invalidate, queryClient } from "./query-client";
import type { paths, RunState } from "./schema";
import type { RunKind } from "./stages";

type ListQuery = NonNullable<paths["/api/pipeline"]["get"]["parameters"]["query"]>;
export type RunFilter = NonNullable<ListQuery["status"]>[number];
export type RunPurpose = NonNullable<ListQuery["purpose"]>[number];

export interface RunPage {
  runs: RunState[];
  next: string | null;
}

export function isActive(run: Pick<RunState, "status">): boolean {
  return run.status === "queued" || run.status === "processing";
}

/** Query the runs, newest first, optionally of one status and of some purposes. */
export function runsQuery(status: RunFilter | null, purposes: readonly RunPurpose[] = []) {
  return infiniteQueryOptions({
    queryKey: ["runs", "list", status, ...purposes],
    queryFn: async ({ pageParam, signal }): Promise<RunPage> => {
      const query: ListQuery = { limit: 50 };
      if (status !== null) query.status = [status];
      if (purposes.length > 0) query.purpose = [...purposes];
      if (pageParam !== null) query.cursor = pageParam;
      const [runs, response] = await unwrapWithResponse(
        client.GET("/api/pipeline", { params: { query }, signal }),
      );
      return { runs, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** Query the video's latest run of a kind; null if it never had one. */
export function runQuery(videoId: string, kind: RunKind = "moments") {
  return queryOptions({
    queryKey: ["runs", "last", videoId, kind],
    queryFn: ({ signal }): Promise<RunState | null> =>
      unwrap(client.GET("/api/pipeline/{video_id}/status", { ...forRun(videoId, kind), signal })).catch(
        nullIfMissing,
      ),
  });
}

const forRun = (videoId: string, kind: RunKind) => ({
  params: { path: { video_id: videoId }, query: { kind } },
});

type RunBody = paths["/api/generate_moments"]["post"]["requestBody"]["content"]["application/json"];
/** Omitted fields have the API's defaults. */
export type RunRequest = Partial<RunBody>;

export async function startRun(request: RunRequest) {
  return unwrap(client.POST("/api/generate_moments", { body: request as RunBody }));
}

/** Start a run that only transcribes; with `regenerate` also a video that has a transcript. */
export async function transcribeVideo(videoId: string, options: RunRequest = {}): Promise<void> {
  await startRun({ ...options, video_id: videoId, stages: ["transcription"] });
}

export async function cancelRun(videoId: string, kind: RunKind): Promise<void> {
  cacheRun(await unwrap(client.POST("/api/pipeline/{video_id}/cancel", forRun(videoId, kind))));
}

export async function retryRun(videoId: string, kind: RunKind): Promise<void> {
  cacheRun(await unwrap(client.POST("/api/pipeline/{video_id}/retry", forRun(videoId, kind))));
}

/** Remove ended runs from the list; resolves to their number. Their results stay. */
export async function clearFinishedRuns(): Promise<number> {
  const { cleared } = await unwrap(client.DELETE("/api/pipeline"));
  await invalidate(["runs", "list"]);
  return cleared;
}

/** Update the cached queries with a run's latest state. */
export function cacheRun(run: RunState): void {
  queryClient.setQueryData(runQuery(run.video_id, run.kind).queryKey, run);
  queryClient.setQueriesData<{ pages: RunPage[]; pageParams: unknown[] }>(
    { queryKey: ["runs", "list"] },
    (list) => list && { ...list, pages: list.pages.map((page) => replaceRun(page, run)) },
  );
}

function replaceRun(page: RunPage, run: RunState): RunPage {
  if (!page.runs.some((other) => other.request_id === run.request_id)) return page;
  return { ...page, runs: page.runs.map((other) => (other.request_id === run.request_id ? run : other)) };
}

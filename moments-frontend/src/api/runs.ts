/** Runs of the pipeline: the list, and one stream of events that keeps all of it fresh. */

import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ApiError, answerOf, client, dataOf, nextCursor } from "./client";
import { queryClient } from "./query-client";
import type { GenerateMoments, paths, RunAccepted, RunState, StageState } from "./schema";

type ListQuery = NonNullable<paths["/api/pipeline"]["get"]["parameters"]["query"]>;
export type RunFilter = NonNullable<ListQuery["status"]>[number];

export interface RunPage {
  runs: RunState[];
  next: string | null;
}

export const STAGES = [
  "video_download",
  "audio_extraction",
  "audio_upload",
  "transcription",
  "moment_generation",
  "clip_extraction",
  "clip_upload",
  "moment_refinement",
] as const satisfies readonly (keyof RunState["stages"])[];

const PENDING: StageState = {
  status: "pending",
  reason: null,
  started_at: null,
  completed_at: null,
  percent: 0,
  bytes_done: null,
  bytes_total: null,
  items_done: null,
  items_total: null,
  seconds: null,
  attempts: 0,
  error: null,
};

/** A stage of a run; one that an older server does not name is pending. */
export function stageOf(run: RunState, name: (typeof STAGES)[number]): StageState {
  return run.stages[name] ?? PENDING;
}

export function isActive(run: Pick<RunState, "status">): boolean {
  return run.status === "queued" || run.status === "processing";
}

/** All runs, newest first; with `status` only those. */
export function runsQuery(status: RunFilter | null) {
  return infiniteQueryOptions({
    queryKey: ["runs", "list", status],
    queryFn: async ({ pageParam, signal }): Promise<RunPage> => {
      const query: ListQuery = { limit: 50 };
      if (status !== null) query.status = [status];
      if (pageParam !== null) query.cursor = pageParam;
      const [runs, response] = await answerOf(client.GET("/api/pipeline", { params: { query }, signal }));
      return { runs, next: nextCursor(response.headers.get("link")) };
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
}

/** The video's last run; null when it never had one. */
export function runQuery(videoId: string) {
  return queryOptions({
    queryKey: ["runs", "last", videoId],
    queryFn: ({ signal }): Promise<RunState | null> =>
      dataOf(
        client.GET("/api/pipeline/{video_id}/status", { params: { path: { video_id: videoId } }, signal }),
      ).catch((error) => {
        if (error instanceof ApiError && error.kind === "no-run") return null;
        throw error;
      }),
  });
}

export type RunRequest = Partial<GenerateMoments>;

export async function startRun(request: RunRequest): Promise<RunAccepted> {
  return dataOf(client.POST("/api/generate_moments", { body: request as GenerateMoments }));
}

export async function cancelRun(videoId: string): Promise<void> {
  keep(
    await dataOf(client.POST("/api/pipeline/{video_id}/cancel", { params: { path: { video_id: videoId } } })),
  );
}

export async function retryRun(videoId: string): Promise<void> {
  keep(
    await dataOf(client.POST("/api/pipeline/{video_id}/retry", { params: { path: { video_id: videoId } } })),
  );
}

/** Put a state that has just been heard where it is shown. */
export function keep(run: RunState): void {
  queryClient.setQueryData(runQuery(run.video_id).queryKey, run);
  queryClient.setQueriesData<{ pages: RunPage[]; pageParams: unknown[] }>(
    { queryKey: ["runs", "list"] },
    (list) => list && { ...list, pages: list.pages.map((page) => withRun(page, run)) },
  );
}

function withRun(page: RunPage, run: RunState): RunPage {
  if (!page.runs.some((other) => other.request_id === run.request_id)) return page;
  return { ...page, runs: page.runs.map((other) => (other.request_id === run.request_id ? run : other)) };
}

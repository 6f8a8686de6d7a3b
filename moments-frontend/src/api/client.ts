/** The one way to the API: typed by its own OpenAPI document, errors as `ApiError`. */

import createClient from "openapi-fetch";
import type { Problem, paths } from "./schema";

export const client = createClient<paths>({
  querySerializer: { array: { style: "form", explode: true } },
});

const UNREACHABLE: Problem = {
  errors: null,
  video_id: null,
  type: "urn:videomoments:error:unreachable",
  title: "The server cannot be reached",
  status: 0,
  detail: "VideoMoments did not answer. It may be stopped, or your connection is gone.",
  retryable: true,
  remedy: "Check that it runs; this page goes on by itself once it does.",
};

/** What the API said instead of an answer; `status` 0 means that it said nothing at all. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }

  get status(): number {
    return this.problem.status;
  }

  /** The stable name of the cause, such as `video-not-found`. */
  get kind(): string {
    return this.problem.type.split(":").at(-1) ?? "";
  }

  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

interface Answer<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

/** The data of an answer, and its response for those who read headers.
 *
 * @throws {ApiError} */
export async function answerOf<Data>(request: Promise<Answer<Data>>): Promise<[Data, Response]> {
  let answer: Answer<Data>;
  try {
    answer = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(UNREACHABLE);
  }
  if (!answer.response.ok) throw new ApiError(asProblem(answer.error, answer.response));
  return [answer.data as Data, answer.response];
}

/** @throws {ApiError} */
export async function dataOf<Data>(request: Promise<Answer<Data>>): Promise<Data> {
  return (await answerOf(request))[0];
}

/** Any error as one that can be shown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({
    ...UNREACHABLE,
    type: "urn:videomoments:error:page",
    title: "Something went wrong in this page",
    detail: error instanceof Error ? error.message : String(error),
    remedy: "Reload the page.",
  });
}

export function asProblem(body: unknown, response: Pick<Response, "status" | "statusText">): Problem {
  if (typeof body === "object" && body !== null && "type" in body && "detail" in body) return body as Problem;
  return {
    ...UNREACHABLE,
    type: "urn:videomoments:error:unexpected-answer",
    title: "An answer that makes no sense",
    status: response.status,
    detail: `The server answered ${response.status} ${response.statusText}`.trim(),
    remedy: "Something between this page and VideoMoments may have answered, such as a proxy.",
  };
}

/** The `next` page's address out of a `Link` header (RFC 8288), as the API writes it. */
export function nextCursor(link: string | null): string | null {
  const target = link && /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return target ? new URL(target, "http://any").searchParams.get("cursor") : null;
}

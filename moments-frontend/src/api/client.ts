/** HTTP client, typed by the API's OpenAPI document. */

import createClient from "openapi-fetch";
import { ApiError, toProblem, unreachable } from "./errors";
import type { paths } from "./schema";
import { sendRequest } from "./send-request";

export const client = createClient<paths>({
  querySerializer: { array: { style: "form", explode: true } },
  fetch: sendRequest,
});

/** Return the parameters of a request whose path contains a video id. */
export function forVideo(id: string) {
  return { params: { path: { video_id: id } } };
}

interface ApiResult<Data> {
  data?: Data | undefined;
  error?: unknown;
  response: Response;
}

/** Return a request's data and its response, for callers that read headers.
 *
 * @throws {ApiError} */
export async function unwrapWithResponse<Data>(request: Promise<ApiResult<Data>>): Promise<[Data, Response]> {
  let result: ApiResult<Data>;
  try {
    result = await request;
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(unreachable());
  }
  if (!result.response.ok) throw new ApiError(toProblem(result.error, result.response));
  return [result.data as Data, result.response];
}

/** Return a request's data.
 *
 * @throws {ApiError} */
export async function unwrap<Data>(request: Promise<ApiResult<Data>>): Promise<Data> {
  return (await unwrapWithResponse(request))[0];
}

/** Return the cursor of the `next` URL in a `Link` header (RFC 8288). */
export function nextCursor(link: string | null): string | null {
  const target = link && /<([^>]+)>;\s*rel="next"/.exec(link)?.[1];
  return target ? new URL(target, "http://any").searchParams.get("cursor") : null;
}

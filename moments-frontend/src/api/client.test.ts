import { expect, test } from "vitest";
import { nextCursor, unwrapWithResponse } from "./client";
import { ApiError, toApiError, toProblem } from "./errors";

const PROBLEM = {
  type: "urn:videomoments:error:video-not-found",
  title: "Video not found",
  status: 404,
  detail: "no video with the id 'x'",
  retryable: false,
};

test("an error response is thrown as its problem", async () => {
  const response = Promise.resolve({ error: PROBLEM, response: new Response(null, { status: 404 }) });
  const error = await unwrapWithResponse(response).catch(toApiError);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ kind: "video-not-found", status: 404, message: PROBLEM.detail });
});

test("a network failure is retryable", async () => {
  const error = toApiError(
    await unwrapWithResponse(Promise.reject(new TypeError("Failed to fetch"))).catch((e) => e),
  );
  expect(error.isUnreachable).toBe(true);
  expect(error.problem.retryable).toBe(true);
});

test("an aborted request keeps its AbortError", async () => {
  const abort = new DOMException("gone", "AbortError");
  await expect(unwrapWithResponse(Promise.reject(abort))).rejects.toBe(abort);
});

test("an error without a problem body becomes a problem", () => {
  expect(toProblem("<html>", { status: 502, statusText: "Bad Gateway" })).toMatchObject({
    status: 502,
    detail: "The server responded with 502 Bad Gateway",
  });
});

test("the cursor is read from the Link header", () => {
  expect(nextCursor('</api/videos?limit=2&cursor=WyJ%2B>; rel="next"')).toBe("WyJ+");
  expect(nextCursor(null)).toBeNull();
  expect(nextCursor('</api/videos?limit=2>; rel="prev"')).toBeNull();
});

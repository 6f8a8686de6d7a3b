import { expect, test } from "vitest";
import { nextCursor, unwrapWithResponse } from "./client";
import { ApiError, toApiError, toProblem } from "./errors";

const PROBLEM = {
  type: "urn:videomoments:error:video-not-found",
  title: "There is no such video",
  status: 404,
  detail: "no video has the id 'x'",
  retryable: false,
};

test("a problem is thrown with its cause and kind", async () => {
  const answer = Promise.resolve({ error: PROBLEM, response: new Response(null, { status: 404 }) });
  const error = await unwrapWithResponse(answer).catch(toApiError);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ kind: "video-not-found", status: 404, message: PROBLEM.detail });
});

test("no answer at all is unreachable, and can be tried again", async () => {
  const error = toApiError(
    await unwrapWithResponse(Promise.reject(new TypeError("Failed to fetch"))).catch((e) => e),
  );
  expect(error.isUnreachable).toBe(true);
  expect(error.problem.retryable).toBe(true);
});

test("an aborted request stays one", async () => {
  const abort = new DOMException("gone", "AbortError");
  await expect(unwrapWithResponse(Promise.reject(abort))).rejects.toBe(abort);
});

test("an answer of somebody else becomes a problem", () => {
  expect(toProblem("<html>", { status: 502, statusText: "Bad Gateway" })).toMatchObject({
    status: 502,
    detail: "The server answered 502 Bad Gateway",
  });
});

test("the next page's cursor", () => {
  expect(nextCursor('</api/videos?limit=2&cursor=WyJ%2B>; rel="next"')).toBe("WyJ+");
  expect(nextCursor(null)).toBeNull();
  expect(nextCursor('</api/videos?limit=2>; rel="prev"')).toBeNull();
});

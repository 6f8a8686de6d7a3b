import { expect, test } from "vitest";
import { shouldRetry } from "./retry";

const body = (kind: string) => JSON.stringify({ type: `urn:videomoments:error:${kind}`, detail: "…" });

test("a refused creation is shown at once", () => {
  for (const [status, kind] of [
    [429, "too-many-uploads"],
    [503, "disk-full"],
    [409, "already-in-library"],
  ] as const) {
    expect(shouldRetry({ method: "POST", status, body: body(kind) })).toBe(false);
  }
});

test("other failures are left to the plugin", () => {
  expect(shouldRetry({ method: "POST", status: 503, body: body("database-unavailable") })).toBeNull();
  expect(shouldRetry({ method: "POST", status: 502, body: "<html>" })).toBeNull();
  expect(shouldRetry({ method: "POST", status: null, body: "" })).toBeNull();
  expect(shouldRetry({ method: "PATCH", status: 409, body: body("upload-offset") })).toBeNull();
  expect(shouldRetry({ method: "PATCH", status: 503, body: body("disk-full") })).toBeNull();
});

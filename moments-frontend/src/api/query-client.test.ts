import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { invalidate, queryClient } from "./query-client";

afterEach(() => queryClient.clear());

/** Observe a query whose responses the test provides, in the order of its requests. */
function observe() {
  const responses: ((response: string) => void)[] = [];
  const observer = new QueryObserver(queryClient, {
    queryKey: ["runs", "list"],
    queryFn: () => new Promise<string>((resolve) => responses.push(resolve)),
  });
  const leave = observer.subscribe(() => {});
  return { responses, leave, data: () => observer.getCurrentResult().data };
}

test("a first response from before the change is dropped", async () => {
  const { responses, leave, data } = observe();
  void invalidate(["runs"]);
  await vi.waitFor(() => expect(responses).toHaveLength(2));
  responses[0]?.("before the change");
  responses[1]?.("after it");
  await vi.waitFor(() => expect(data()).toBe("after it"));
  leave();
});

test("the old data stays until the new data arrives", async () => {
  const { responses, leave, data } = observe();
  responses[0]?.("old");
  await vi.waitFor(() => expect(data()).toBe("old"));
  void invalidate(["runs"]);
  await vi.waitFor(() => expect(responses).toHaveLength(2));
  expect(data()).toBe("old");
  responses[1]?.("new");
  await vi.waitFor(() => expect(data()).toBe("new"));
  leave();
});

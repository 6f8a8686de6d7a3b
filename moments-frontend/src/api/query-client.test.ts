import { QueryObserver } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { invalidate, queryClient } from "./query-client";

afterEach(() => queryClient.clear());

/** Shows a query whose answers are given by hand, in the order of its requests. */
function shown() {
  const answers: ((answer: string) => void)[] = [];
  const observer = new QueryObserver(queryClient, {
    queryKey: ["runs", "list"],
    queryFn: () => new Promise<string>((resolve) => answers.push(resolve)),
  });
  const leave = observer.subscribe(() => {});
  return { answers, leave, data: () => observer.getCurrentResult().data };
}

test("a first answer that was under way at the change is not what is shown", async () => {
  const { answers, leave, data } = shown();
  void invalidate(["runs"]);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  answers[0]?.("before the change");
  answers[1]?.("after it");
  await vi.waitFor(() => expect(data()).toBe("after it"));
  leave();
});

test("what is there stays in sight until the new is", async () => {
  const { answers, leave, data } = shown();
  answers[0]?.("old");
  await vi.waitFor(() => expect(data()).toBe("old"));
  void invalidate(["runs"]);
  await vi.waitFor(() => expect(answers).toHaveLength(2));
  expect(data()).toBe("old");
  answers[1]?.("new");
  await vi.waitFor(() => expect(data()).toBe("new"));
  leave();
});

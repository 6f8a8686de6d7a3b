import { expect, test } from "vitest";
import { ApiError, clientProblem, unreachable } from "@/api/errors";
import { runForEach } from "./bulk";

const refuse = () => {
  throw new ApiError(clientProblem("no-audio-track", "No audio", "It is silent.", "Choose another."));
};

test("an error does not stop the other items", async () => {
  const progress: number[] = [];
  const result = await runForEach(
    ["a", "b", "c"],
    async (item) => (item === "b" ? refuse() : item === "c" ? "skipped" : "done"),
    { onProgress: (finished) => progress.push(finished) },
  );
  expect(result).toMatchObject({ done: ["a"], skipped: ["c"], rest: [] });
  expect(result.failures).toMatchObject([{ item: "b", problem: { title: "No audio" } }]);
  expect(progress).toEqual([0, 1, 2]);
});

test("an error that concerns all items stops", async () => {
  const attempted: string[] = [];
  const result = await runForEach(["a", "b", "c"], async (item) => {
    attempted.push(item);
    if (item === "b") throw new ApiError(unreachable());
    return "done";
  });
  expect(attempted).toEqual(["a", "b"]);
  expect(result).toMatchObject({ done: ["a"], failures: [{ item: "b" }], rest: ["c"] });
});

test("stopping leaves the rest", async () => {
  const stop = new AbortController();
  const result = await runForEach(
    ["a", "b", "c"],
    async () => {
      stop.abort();
      return "done" as const;
    },
    { signal: stop.signal },
  );
  expect(result).toMatchObject({ done: ["a"], rest: ["b", "c"] });
});

import { expect, test } from "vitest";
import type { RunState } from "@/api/schema";
import { emptyReason as explain } from "./empty-reason";

interface Stage {
  status?: string;
  reason?: string | null;
  attempts?: number;
  items_done?: number | null;
}
const run = (moment_generation: Stage, transcription: Stage = {}) =>
  ({ stages: { moment_generation, transcription } }) as unknown as RunState;

const emptyReason = (last: RunState | null, hasDocument: boolean, hasWords = true) =>
  explain(last, { hasDocument, hasWords });

test("a silent video offers no other lengths", () => {
  const ran = run({ status: "completed", attempts: 1, items_done: 0 });
  expect(emptyReason(ran, true, false)).toMatchObject({ title: "No speech", isAboutLengths: false });
});

test("the reason of the search is shown", () => {
  const none = emptyReason(
    run({ status: "skipped", reason: "36 s are spoken", attempts: 1, items_done: 0 }),
    true,
  );
  expect(none).toEqual({ title: "No moments found", text: "36 s are spoken", isAboutLengths: true });
});

test("found but missing moments were deleted", () => {
  expect(emptyReason(run({ status: "completed", attempts: 1, items_done: 3 }), true).title).toBe(
    "No moments left",
  );
});

test("a reused result has a generic reason", () => {
  const none = emptyReason(
    run({ status: "skipped", reason: "the same moments were found before", attempts: 0 }),
    true,
  );
  expect(none.text).toContain("or all were deleted");
  expect(emptyReason(null, true).text).toContain("or all were deleted");
});

test("a video without audio has its own reason", () => {
  const silent = run(
    { status: "skipped", reason: "there is no transcript", attempts: 0 },
    { status: "skipped", reason: "the video has no sound", attempts: 0 },
  );
  expect(emptyReason(silent, false).text).toBe("the video has no sound");
});

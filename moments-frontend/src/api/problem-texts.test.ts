import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { german, SLOW_MS } from "@/i18n/testing";

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

test(
  "German problems have translated titles and remedies, others those of the server",
  async () => {
    await german();
    const { loadProblemTexts } = await import("./problem-texts");
    const { toProblem } = await import("./errors");
    await loadProblemTexts();
    const response = { status: 429, statusText: "" };
    const answer = (kind: string) => {
      const texts = { title: "Title", detail: "500 of 500 runs", remedy: "wait" };
      return toProblem({ type: `urn:videomoments:error:${kind}`, ...texts }, response);
    };
    expect(answer("queue-full")).toMatchObject({
      title: "Die Warteschlange der Läufe ist voll",
      detail: "500 of 500 runs",
      remedy: "Warten Sie, bis Läufe beendet sind.",
    });
    expect(answer("source-refused")).toMatchObject({ remedy: "wait" });
    expect(answer("rare")).toMatchObject({ title: "Title", remedy: "wait" });
  },
  SLOW_MS,
);

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { german, SLOW_MS } from "@/i18n/testing";

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllGlobals());

test(
  "German speeds have a decimal comma",
  async () => {
    await german();
    const { speedLabel } = await import("./commands");
    expect(speedLabel(1.25)).toBe("1,25×");
  },
  SLOW_MS,
);

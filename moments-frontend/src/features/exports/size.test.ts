import { expect, test } from "vitest";
import type { ExportFormat } from "@/api/exports";
import { isLowResolution, outputSize, parseSize } from "./size";

// The same values as in tests/media/test_export_format.py of the server.
test.each<[string, ExportFormat, string]>([
  ["640x360", "9:16", "360x640"],
  ["640x360", "source", "640x360"],
  ["1920x1080", "9:16", "1080x1920"],
  ["1280x720", "9:16", "720x1280"],
  ["1280x720", "4:5", "720x900"],
  ["3840x2160", "1:1", "1080x1080"],
  ["3840x2160", "source", "1920x1080"],
  ["854x480", "16:9", "854x480"],
  ["405x720", "16:9", "720x404"],
])("%s as %s is %s", (source, format, expected) => {
  const { width, height } = outputSize(parseSize(source) ?? { width: 0, height: 0 }, format);
  expect(`${width}x${height}`).toBe(expected);
});

test("less than 720 lines look soft", () => {
  expect(isLowResolution({ width: 640, height: 360 })).toBe(true);
  expect(isLowResolution({ width: 720, height: 1280 })).toBe(false);
});

test("an unknown resolution has no size", () => {
  expect(parseSize(null)).toBeNull();
  expect(parseSize("wide")).toBeNull();
});

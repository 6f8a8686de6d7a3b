import { expect, test } from "vitest";
import { isLoopback } from "./loopback";

test.each([
  ["http://127.0.0.1:7005/s/a", true],
  ["http://localhost/s/a", true],
  ["http://[::1]:7005/s/a", true],
  ["https://videos.example.org/s/127.0.0.1", false],
  ["http://192.168.1.5:7005/s/a", false],
  ["https://127.0.0.1.example.org/s/a", false],
])("%s works only on this machine: %s", (url, expected) => {
  expect(isLoopback(url)).toBe(expected);
});

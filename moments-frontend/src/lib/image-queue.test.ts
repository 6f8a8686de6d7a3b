// @vitest-environment jsdom
import { expect, test } from "vitest";
import { enqueueImage, MAX_CONCURRENT } from "./image-queue";

const drawn = () => new Promise<void>(queueMicrotask);
const asked = (images: HTMLImageElement[]) => images.filter((image) => image.hasAttribute("src")).length;

test("a few load at once; each that is over lets another one begin", async () => {
  const images = Array.from({ length: MAX_CONCURRENT + 3 }, () => new Image());
  const ends = images.map((image, index) => enqueueImage(image, `/${index}`));
  await drawn();
  expect(asked(images)).toBe(MAX_CONCURRENT);
  expect(images[0]?.getAttribute("src")).toBe("/0");

  images[0]?.dispatchEvent(new Event("load"));
  images[1]?.dispatchEvent(new Event("error"));
  await drawn();
  expect(asked(images)).toBe(MAX_CONCURRENT + 2);

  ends.at(-1)?.(); // it has not begun, and never does
  for (const end of ends) end();
  await drawn();
  expect(images.at(-1)?.hasAttribute("src")).toBe(false);
});

test("what goes while it loads makes room, and only once", async () => {
  const images = Array.from({ length: 2 * MAX_CONCURRENT }, () => new Image());
  const ends = images.map((image, index) => enqueueImage(image, `/${index}`));
  await drawn();
  ends[0]?.();
  ends[0]?.();
  images[0]?.dispatchEvent(new Event("load"));
  await drawn();
  expect(images[0]?.hasAttribute("src")).toBe(false);
  expect(asked(images)).toBe(MAX_CONCURRENT);
  for (const end of ends) end();
});

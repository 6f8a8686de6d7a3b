// @vitest-environment jsdom
import { expect, test } from "vitest";
import { enqueueImage, MAX_CONCURRENT } from "./image-queue";

const nextRender = () => new Promise<void>(queueMicrotask);
const countStarted = (images: HTMLImageElement[]) =>
  images.filter((image) => image.hasAttribute("src")).length;

test("each finished image starts the next one", async () => {
  const images = Array.from({ length: MAX_CONCURRENT + 3 }, () => new Image());
  const removers = images.map((image, index) => enqueueImage(image, `/${index}`));
  await nextRender();
  expect(countStarted(images)).toBe(MAX_CONCURRENT);
  expect(images[0]?.getAttribute("src")).toBe("/0");

  images[0]?.dispatchEvent(new Event("load"));
  images[1]?.dispatchEvent(new Event("error"));
  await nextRender();
  expect(countStarted(images)).toBe(MAX_CONCURRENT + 2);

  removers.at(-1)?.(); // removed before it started
  for (const remove of removers) remove();
  await nextRender();
  expect(images.at(-1)?.hasAttribute("src")).toBe(false);
});

test("a removed image frees its slot once", async () => {
  const images = Array.from({ length: 2 * MAX_CONCURRENT }, () => new Image());
  const removers = images.map((image, index) => enqueueImage(image, `/${index}`));
  await nextRender();
  removers[0]?.();
  removers[0]?.();
  images[0]?.dispatchEvent(new Event("load"));
  await nextRender();
  expect(images[0]?.hasAttribute("src")).toBe(false);
  expect(countStarted(images)).toBe(MAX_CONCURRENT);
  for (const remove of removers) remove();
});

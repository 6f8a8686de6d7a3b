import { expect, test, vi } from "vitest";
import { createStore } from "./store";

test("subscribers are notified of changes until they leave", () => {
  const store = createStore(1);
  const listener = vi.fn();
  const unsubscribe = store.subscribe(listener);
  store.set(2);
  unsubscribe();
  store.set(3);
  expect(listener).toHaveBeenCalledTimes(1);
  expect(store.get()).toBe(3);
});

test("the source runs only while there are subscribers", () => {
  const stop = vi.fn();
  const start = vi.fn(() => stop);
  const store = createStore(0, start);
  expect(start).not.toHaveBeenCalled();
  const leave = [store.subscribe(() => {}), store.subscribe(() => {})];
  expect(start).toHaveBeenCalledTimes(1);
  leave[0]?.();
  expect(stop).not.toHaveBeenCalled();
  leave[1]?.();
  expect(stop).toHaveBeenCalledTimes(1);
  store.subscribe(() => {});
  expect(start).toHaveBeenCalledTimes(2);
});

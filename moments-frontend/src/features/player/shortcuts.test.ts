import { expect, test } from "vitest";
import { commandFor, type FocusTarget, nextSpeed } from "./shortcuts";

const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (key: string, place: FocusTarget = "page") => commandFor({ ...plain, key }, place);

test("common player shortcuts work", () => {
  expect(press(" ")).toEqual({ do: "toggle" });
  expect(press("k")).toEqual({ do: "toggle" });
  expect(press("j")).toEqual({ do: "skip", seconds: -10 });
  expect(press("l")).toEqual({ do: "skip", seconds: 10 });
  expect(press("ArrowLeft")).toEqual({ do: "skip", seconds: -5 });
  expect(press("ArrowRight")).toEqual({ do: "skip", seconds: 5 });
  expect(press("ArrowUp")).toEqual({ do: "volume", by: 0.05 });
  expect(press("0")).toEqual({ do: "jump", to: 0 });
  expect(press("7")).toEqual({ do: "jump", to: 0.7 });
  expect(press("Home")).toEqual({ do: "jump", to: 0 });
  expect(press("End")).toEqual({ do: "jump", to: 1 });
  expect(press(">")).toEqual({ do: "speed", step: 1 });
  expect(press(",")).toEqual({ do: "frame", step: -1 });
  expect(press("n")).toEqual({ do: "moment", step: 1 });
  expect(press("p")).toEqual({ do: "moment", step: -1 });
  expect(press("]")).toEqual({ do: "chapter", step: 1 });
  expect(press("u")).toEqual({ do: "pip" });
  expect(press("?")).toEqual({ do: "help" });
});

test("upper case keys match", () => {
  expect(press("M")).toEqual({ do: "mute" });
});

test("in and out points are set, and reached with Shift", () => {
  expect(press("i")).toEqual({ do: "mark", point: "in" });
  expect(press("O")).toEqual({ do: "mark", point: "out" });
  expect(commandFor({ ...plain, shiftKey: true, key: "I" }, "page")).toEqual({ do: "go to", point: "in" });
  expect(commandFor({ ...plain, shiftKey: true, key: "?" }, "page")).toEqual({ do: "help" });
  expect(press("b")).toEqual({ do: "create moment" });
});

test("Ctrl and sideways arrows go to chapters", () => {
  const withCtrl = { ...plain, ctrlKey: true };
  expect(commandFor({ ...withCtrl, key: "ArrowLeft" }, "page")).toEqual({ do: "chapter", step: -1 });
  expect(commandFor({ ...withCtrl, key: "ArrowRight" }, "seek bar")).toEqual({ do: "chapter", step: 1 });
  expect(commandFor({ ...withCtrl, key: "ArrowRight" }, "field")).toBeNull();
  expect(commandFor({ ...withCtrl, key: "ArrowRight" }, "slider")).toBeNull();
});

test("keys with a modifier are ignored", () => {
  expect(commandFor({ ...plain, ctrlKey: true, key: "f" }, "page")).toBeNull();
  expect(commandFor({ ...plain, metaKey: true, key: "l" }, "page")).toBeNull();
  expect(commandFor({ ...plain, altKey: true, key: "ArrowLeft" }, "page")).toBeNull();
});

test("typing in a field is ignored", () => {
  for (const key of [" ", "k", "5", "ArrowLeft", "?"]) expect(press(key, "field")).toBeNull();
});

test("space activates the focused button", () => {
  expect(press(" ", "control")).toBeNull();
  expect(press("k", "control")).toEqual({ do: "toggle" });
  expect(press("Enter", "control")).toBeNull();
});

test("lists and sliders keep their own arrow keys", () => {
  expect(press("ArrowDown", "list")).toBeNull();
  expect(press("Home", "list")).toBeNull();
  expect(press("ArrowDown", "list control")).toBeNull();
  expect(press(" ", "list control")).toBeNull();
  expect(press("ArrowRight", "list")).toEqual({ do: "skip", seconds: 5 });
  expect(press("ArrowRight", "slider")).toBeNull();
  expect(press("m", "slider")).toEqual({ do: "mute" });
});

test("seek bar arrows skip five seconds", () => {
  expect(press("ArrowUp", "seek bar")).toEqual({ do: "skip", seconds: 5 });
  expect(press("ArrowLeft", "seek bar")).toEqual({ do: "skip", seconds: -5 });
  expect(press("End", "seek bar")).toEqual({ do: "jump", to: 1 });
});

test("speed changes in steps within its limits", () => {
  expect(nextSpeed(1, 1)).toBe(1.25);
  expect(nextSpeed(1, -1)).toBe(0.75);
  expect(nextSpeed(1.1, 1)).toBe(1.25);
  expect(nextSpeed(2, 1)).toBe(2.5);
  expect(nextSpeed(3, 1)).toBe(3);
  expect(nextSpeed(0.25, -1)).toBe(0.25);
});

/** Keyboard shortcuts of the player, following the conventions of other players. */

import type { PointName } from "@/lib/player";

export type Command =
  | { do: "toggle" | "mute" | "fullscreen" | "captions" | "pip" | "help" }
  /** Skip forward, or backward if negative. */
  | { do: "skip"; seconds: number }
  /** Jump to a fraction of the duration, from 0 to 1. */
  | { do: "jump"; to: number }
  | { do: "volume"; by: number }
  | { do: "speed" | "frame" | "moment" | "chapter"; step: 1 | -1 }
  /** Mark the start or end of a new moment, or go to the mark. */
  | { do: "mark" | "go to"; point: PointName }
  | { do: "create moment" };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** The kind of focused element, which decides which keys are left to it. */
export type FocusTarget =
  | "page"
  /** A button or link, activated by Space and Enter. */
  | "control"
  /** The seek bar, where all arrow keys skip. */
  | "seek bar"
  /** Another slider, moved by arrows, Home and End. */
  | "slider"
  /** A scrolling list, which uses Up, Down, Home and End. */
  | "list"
  /** A button inside a list. */
  | "list control"
  /** A text field or menu, which uses every key. */
  | "field";

const LETTERS: Readonly<Record<string, Command>> = {
  k: { do: "toggle" },
  j: { do: "skip", seconds: -10 },
  l: { do: "skip", seconds: 10 },
  m: { do: "mute" },
  f: { do: "fullscreen" },
  c: { do: "captions" },
  u: { do: "pip" },
  i: { do: "mark", point: "in" },
  o: { do: "mark", point: "out" },
  b: { do: "create moment" },
  n: { do: "moment", step: 1 },
  p: { do: "moment", step: -1 },
  "[": { do: "chapter", step: -1 },
  "]": { do: "chapter", step: 1 },
  "<": { do: "speed", step: -1 },
  ">": { do: "speed", step: 1 },
  ",": { do: "frame", step: -1 },
  ".": { do: "frame", step: 1 },
  "?": { do: "help" },
};
const VERTICAL: Readonly<Record<string, Command>> = {
  ArrowUp: { do: "volume", by: 0.05 },
  ArrowDown: { do: "volume", by: -0.05 },
};
const SIDEWAYS: Readonly<Record<string, Command>> = {
  ArrowLeft: { do: "skip", seconds: -5 },
  ArrowRight: { do: "skip", seconds: 5 },
};
const WITH_SHIFT: Readonly<Record<string, Command>> = {
  i: { do: "go to", point: "in" },
  o: { do: "go to", point: "out" },
};
/** Many keyboards have no key for square brackets. */
const WITH_CTRL: Readonly<Record<string, Command>> = {
  ArrowLeft: { do: "chapter", step: -1 },
  ArrowRight: { do: "chapter", step: 1 },
};
const ENDS: Readonly<Record<string, Command>> = {
  Home: { do: "jump", to: 0 },
  End: { do: "jump", to: 1 },
};
/** Seek bar keys that skip instead of moving the slider. */
const SEEK_BAR: Readonly<Record<string, Command>> = {
  ...SIDEWAYS,
  ...ENDS,
  ArrowUp: { do: "skip", seconds: 5 },
  ArrowDown: { do: "skip", seconds: -5 },
  PageUp: { do: "skip", seconds: 60 },
  PageDown: { do: "skip", seconds: -60 },
};

/** Return the command of a key press, or null if the player does not handle it. */
export function commandFor(press: KeyPress, place: FocusTarget): Command | null {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = press;
  if (metaKey || altKey || place === "field") return null;
  if (ctrlKey) return place === "slider" ? null : (WITH_CTRL[key] ?? null);
  if (/^[0-9]$/.test(key)) return { do: "jump", to: Number(key) / 10 };
  if (key === " ") return place.endsWith("control") ? null : { do: "toggle" };
  const letter = (shiftKey && WITH_SHIFT[key.toLowerCase()]) || LETTERS[key.toLowerCase()];
  if (letter) return letter;
  if (place === "slider") return null;
  if (place === "seek bar") return SEEK_BAR[key] ?? null;
  return SIDEWAYS[key] ?? (place.startsWith("list") ? null : (VERTICAL[key] ?? ENDS[key] ?? null));
}

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3] as const;

/** Return the next speed in the list; speeds in between move to the neighbour. */
export function nextSpeed(speed: number, step: 1 | -1): number {
  const next =
    step > 0
      ? SPEEDS.find((other) => other > speed + 0.01)
      : SPEEDS.findLast((other) => other < speed - 0.01);
  return next ?? (step > 0 ? SPEEDS[SPEEDS.length - 1] : SPEEDS[0]) ?? 1;
}

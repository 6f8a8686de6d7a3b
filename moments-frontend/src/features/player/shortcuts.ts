/** What a key does on the page of a video, as people know it from other players. */

export type Command =
  | { do: "toggle" | "mute" | "fullscreen" | "captions" | "pip" | "help" }
  /** So many seconds on, or back. */
  | { do: "skip"; seconds: number }
  /** To this part of the whole: 0 is its start, 1 its end. */
  | { do: "jump"; to: number }
  | { do: "volume"; by: number }
  | { do: "speed" | "frame" | "moment"; step: 1 | -1 };

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What the key was pressed on, as far as that has a use for keys of its own. */
export type FocusTarget =
  | "page"
  /** A button or a link: space and Enter press it. */
  | "control"
  /** The seek bar: its arrows go through the video as the page's do, only up and down too. */
  | "seek bar"
  /** Another slider: arrows, Home and End move it. */
  | "slider"
  /** Something that scrolls, or has a cursor of its own: up, down, Home and End are its. */
  | "list"
  /** A button in such a list. */
  | "list control"
  /** A field that is written in, or a menu: every key is its. */
  | "field";

const LETTERS: Readonly<Record<string, Command>> = {
  k: { do: "toggle" },
  j: { do: "skip", seconds: -10 },
  l: { do: "skip", seconds: 10 },
  m: { do: "mute" },
  f: { do: "fullscreen" },
  c: { do: "captions" },
  i: { do: "pip" },
  n: { do: "moment", step: 1 },
  p: { do: "moment", step: -1 },
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
const ENDS: Readonly<Record<string, Command>> = {
  Home: { do: "jump", to: 0 },
  End: { do: "jump", to: 1 },
};
/** A slider's own keys, where it is the video's. */
const SEEK_BAR: Readonly<Record<string, Command>> = {
  ...SIDEWAYS,
  ...ENDS,
  ArrowUp: { do: "skip", seconds: 5 },
  ArrowDown: { do: "skip", seconds: -5 },
  PageUp: { do: "skip", seconds: 60 },
  PageDown: { do: "skip", seconds: -60 },
};

/** What this key does when it is pressed there; null where it is not the player's. */
export function commandFor(press: KeyPress, place: FocusTarget): Command | null {
  if (press.ctrlKey || press.metaKey || press.altKey || place === "field") return null;
  const { key } = press;
  if (/^[0-9]$/.test(key)) return { do: "jump", to: Number(key) / 10 };
  if (key === " ") return place.endsWith("control") ? null : { do: "toggle" };
  const letter = LETTERS[key.toLowerCase()];
  if (letter) return letter;
  if (place === "slider") return null;
  if (place === "seek bar") return SEEK_BAR[key] ?? null;
  return SIDEWAYS[key] ?? (place.startsWith("list") ? null : (VERTICAL[key] ?? ENDS[key] ?? null));
}

/** The list for people, in the order they look for things. */
export const SHORTCUTS: readonly { keys: readonly string[]; text: string }[] = [
  { keys: ["Space", "K"], text: "Play or pause" },
  { keys: ["J", "L"], text: "10 seconds back or on" },
  { keys: ["←", "→"], text: "5 seconds back or on" },
  { keys: ["N", "P"], text: "Next or previous moment" },
  { keys: ["0", "…", "9"], text: "To that tenth of the video" },
  { keys: ["Home", "End"], text: "To the start or the end" },
  { keys: [",", "."], text: "One picture back or on, while paused" },
  { keys: ["<", ">"], text: "Slower or faster" },
  { keys: ["↑", "↓"], text: "Louder or quieter" },
  { keys: ["M"], text: "Sound off or on" },
  { keys: ["C"], text: "Captions off or on" },
  { keys: ["F"], text: "Full screen" },
  { keys: ["I"], text: "Picture in picture" },
  { keys: ["?"], text: "This list" },
];

export const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** The next speed of the list; a speed between two of them goes to the neighbour. */
export function nextSpeed(speed: number, step: 1 | -1): number {
  const next =
    step > 0
      ? SPEEDS.find((other) => other > speed + 0.01)
      : SPEEDS.findLast((other) => other < speed - 0.01);
  return next ?? (step > 0 ? SPEEDS[SPEEDS.length - 1] : SPEEDS[0]) ?? 1;
}

/** How somebody likes to watch: kept in this browser, for every video. */

export interface Preferences {
  /** 0 to 1. */
  volume: number;
  isMuted: boolean;
  speed: number;
  captions: boolean;
  /** Whether the keys work wherever the focus is on the page, or only in the player. */
  keysEverywhere: boolean;
}

export const DEFAULTS: Preferences = {
  volume: 1,
  isMuted: false,
  speed: 1,
  captions: false,
  keysEverywhere: true,
};

const KEY = "videomoments:player";

/** What was stored, as far as it makes sense; the rest as at first. */
export function parsePreferences(text: string | null): Preferences {
  const found: Record<string, unknown> = asRecord(text);
  const number = (value: unknown, from: number, to: number, otherwise: number) =>
    typeof value === "number" && value >= from && value <= to ? value : otherwise;
  const flag = (value: unknown, otherwise: boolean) => (typeof value === "boolean" ? value : otherwise);
  return {
    volume: number(found.volume, 0, 1, DEFAULTS.volume),
    isMuted: flag(found.isMuted, DEFAULTS.isMuted),
    speed: number(found.speed, 0.25, 2, DEFAULTS.speed),
    captions: flag(found.captions, DEFAULTS.captions),
    keysEverywhere: flag(found.keysEverywhere, DEFAULTS.keysEverywhere),
  };
}

/** A stored object; an empty one for anything else. */
export function asRecord(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

/** What the browser keeps under this name; null where it keeps nothing, or must not. */
export function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage can be forbidden
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // then it holds for this visit
  }
}

let current: Preferences | null = null;

export function preferences(): Preferences {
  current ??= parsePreferences(readStored(KEY));
  return current;
}

export function prefer(change: Partial<Preferences>): void {
  current = { ...preferences(), ...change };
  store(KEY, JSON.stringify(current));
}

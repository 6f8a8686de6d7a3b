/** How somebody likes to watch: kept in this browser, for every video. */

import { asRecord, parseJson, readStored, writeStored } from "@/lib/storage";

export interface Preferences {
  /** 0 to 1. */
  volume: number;
  isMuted: boolean;
  speed: number;
  captions: boolean;
  /** Whether the keys work wherever the focus is on the page, or only in the player. */
  keysEverywhere: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  volume: 1,
  isMuted: false,
  speed: 1,
  captions: false,
  keysEverywhere: true,
};

const STORAGE_KEY = "player";

/** What was stored, as far as it makes sense; the rest as at first. */
export function parsePreferences(text: string | null): Preferences {
  const found = asRecord(parseJson(text));
  const number = (value: unknown, from: number, to: number, otherwise: number) =>
    typeof value === "number" && value >= from && value <= to ? value : otherwise;
  const flag = (value: unknown, otherwise: boolean) => (typeof value === "boolean" ? value : otherwise);
  return {
    volume: number(found.volume, 0, 1, DEFAULT_PREFERENCES.volume),
    isMuted: flag(found.isMuted, DEFAULT_PREFERENCES.isMuted),
    speed: number(found.speed, 0.25, 2, DEFAULT_PREFERENCES.speed),
    captions: flag(found.captions, DEFAULT_PREFERENCES.captions),
    keysEverywhere: flag(found.keysEverywhere, DEFAULT_PREFERENCES.keysEverywhere),
  };
}

let current: Preferences | null = null;

export function getPreferences(): Preferences {
  current ??= parsePreferences(readStored(STORAGE_KEY));
  return current;
}

export function updatePreferences(change: Partial<Preferences>): void {
  current = { ...getPreferences(), ...change };
  writeStored(STORAGE_KEY, JSON.stringify(current));
}

/** Playback preferences for all videos, stored in this browser. */

import { asRecord, parseJson, readStored, writeStored } from "@/lib/storage";

export const CAPTION_SIZES = ["small", "normal", "large", "huge"] as const;
export const CAPTION_BACKGROUNDS = ["box", "solid", "outline"] as const;

export interface CaptionStyle {
  size: (typeof CAPTION_SIZES)[number];
  background: (typeof CAPTION_BACKGROUNDS)[number];
}

export interface Preferences {
  /** From 0 to 1. */
  volume: number;
  isMuted: boolean;
  speed: number;
  captions: boolean;
  captionStyle: CaptionStyle;
  /** True for shortcuts on the whole page, false for the player only. */
  keysEverywhere: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  volume: 1,
  isMuted: false,
  speed: 1,
  captions: false,
  captionStyle: { size: "normal", background: "box" },
  keysEverywhere: true,
};

const STORAGE_KEY = "player";

/** Parse stored preferences; invalid values are replaced by defaults. */
export function parsePreferences(text: string | null): Preferences {
  const found = asRecord(parseJson(text));
  const number = (value: unknown, from: number, to: number, otherwise: number) =>
    typeof value === "number" && value >= from && value <= to ? value : otherwise;
  const flag = (value: unknown, otherwise: boolean) => (typeof value === "boolean" ? value : otherwise);
  return {
    volume: number(found.volume, 0, 1, DEFAULT_PREFERENCES.volume),
    isMuted: flag(found.isMuted, DEFAULT_PREFERENCES.isMuted),
    speed: number(found.speed, 0.25, 3, DEFAULT_PREFERENCES.speed),
    captions: flag(found.captions, DEFAULT_PREFERENCES.captions),
    captionStyle: parseCaptionStyle(found.captionStyle),
    keysEverywhere: flag(found.keysEverywhere, DEFAULT_PREFERENCES.keysEverywhere),
  };
}

function parseCaptionStyle(value: unknown): CaptionStyle {
  const { size, background } = asRecord(value);
  return {
    size: CAPTION_SIZES.find((known) => known === size) ?? DEFAULT_PREFERENCES.captionStyle.size,
    background:
      CAPTION_BACKGROUNDS.find((known) => known === background) ??
      DEFAULT_PREFERENCES.captionStyle.background,
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

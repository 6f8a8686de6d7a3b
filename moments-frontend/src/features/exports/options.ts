/** Options of exports, their presets, and the last choice stored in this browser. */

import type {
  ExportCaptionStyle,
  ExportCaptions,
  ExportFill,
  ExportFormat,
  ExportOptions,
} from "@/api/exports";
import { type TextKey, t } from "@/i18n";
import { asRecord, parseJson, readStored, writeStored } from "@/lib/storage";
import { CENTRE, type CropPosition } from "./crop";

/** Everything but the crop, which depends on the picture and is not remembered. */
export interface Options {
  format: ExportFormat;
  fill: ExportFill;
  captions: ExportCaptions;
  captionStyle: ExportCaptionStyle;
  normalizeLoudness: boolean;
  audioFade: boolean;
}

export const FORMATS: readonly ExportFormat[] = ["source", "16:9", "9:16", "1:1", "4:5"];
export const FILLS: readonly ExportFill[] = ["crop", "blur"];
export const CAPTIONS: readonly ExportCaptions[] = ["none", "burned", "sidecar"];
export const CAPTION_STYLES: readonly ExportCaptionStyle[] = ["classic", "bold", "karaoke"];

export const FORMAT_LABELS: Record<ExportFormat, TextKey> = {
  source: "exports.original",
  "16:9": "exports.wide",
  "9:16": "exports.vertical",
  "1:1": "exports.square",
  "4:5": "exports.portrait",
};

/** Return the name of a format for a list of exports, such as `Vertical 9:16`. */
export function formatLabel(format: ExportFormat): string {
  const label = t(FORMAT_LABELS[format]);
  return format === "source" ? label : `${label} ${format}`;
}

type PresetChoice = Pick<Options, "format" | "fill" | "captions" | "captionStyle">;

export interface Preset {
  id: string;
  label: TextKey;
  /** Usual places of such files. */
  purpose: TextKey;
  choice: PresetChoice;
}

const VERTICAL: Preset = {
  id: "vertical",
  label: "exports.presetVertical",
  purpose: "exports.shortsReelsTikTok",
  choice: { format: "9:16", fill: "crop", captions: "burned", captionStyle: "bold" },
};

export const PRESETS: readonly Preset[] = [
  VERTICAL,
  {
    id: "square",
    label: "exports.presetSquare",
    purpose: "exports.feeds",
    choice: { format: "1:1", fill: "crop", captions: "burned", captionStyle: "classic" },
  },
  {
    id: "original",
    label: "exports.original",
    purpose: "exports.wholePicture",
    choice: { format: "source", fill: "crop", captions: "none", captionStyle: "classic" },
  },
];

export const DEFAULT_OPTIONS: Options = { ...VERTICAL.choice, normalizeLoudness: true, audioFade: true };

export function applyPreset(options: Options, preset: Preset): Options {
  return { ...options, ...preset.choice };
}

/** Return the preset that the options equal; null for others. */
export function presetOf(options: Options): Preset | null {
  const isEqual = ({ choice }: Preset) =>
    choice.format === options.format &&
    choice.fill === options.fill &&
    choice.captions === options.captions &&
    (choice.captions !== "burned" || choice.captionStyle === options.captionStyle);
  return PRESETS.find(isEqual) ?? null;
}

/** Return the label of a preset's captions; without a transcript it has none. */
export function presetCaptions({ choice }: Preset, canCaption: boolean): string {
  return canCaption && choice.captions !== "none" ? t("exports.withCaptions") : t("exports.noCaptions");
}

/** Return the options as fields of a request; `canCaption` false drops the captions. */
export function toRequest(options: Options, crop: CropPosition, canCaption: boolean): ExportOptions {
  const isCentre = crop.x === CENTRE.x && crop.y === CENTRE.y;
  return {
    format: options.format,
    fill: options.fill,
    crop: isCentre || options.format === "source" || options.fill === "blur" ? "center" : crop,
    captions: canCaption ? options.captions : "none",
    caption_style: options.captionStyle,
    normalize_loudness: options.normalizeLoudness,
    audio_fade: options.audioFade,
  };
}

const STORAGE_KEY = "export-options";

/** Parse stored options; invalid values are replaced by defaults. */
export function parseOptions(text: string | null): Options {
  const found = asRecord(parseJson(text));
  const one = <Value>(value: unknown, of: readonly Value[], otherwise: Value) =>
    of.find((allowed) => allowed === value) ?? otherwise;
  const flag = (value: unknown, otherwise: boolean) => (typeof value === "boolean" ? value : otherwise);
  return {
    format: one(found.format, FORMATS, DEFAULT_OPTIONS.format),
    fill: one(found.fill, FILLS, DEFAULT_OPTIONS.fill),
    captions: one(found.captions, CAPTIONS, DEFAULT_OPTIONS.captions),
    captionStyle: one(found.captionStyle, CAPTION_STYLES, DEFAULT_OPTIONS.captionStyle),
    normalizeLoudness: flag(found.normalizeLoudness, DEFAULT_OPTIONS.normalizeLoudness),
    audioFade: flag(found.audioFade, DEFAULT_OPTIONS.audioFade),
  };
}

export function loadOptions(): Options {
  return parseOptions(readStored(STORAGE_KEY));
}

export function saveOptions(options: Options): void {
  writeStored(STORAGE_KEY, JSON.stringify(options));
}

import { describe, expect, it } from "vitest";
import { CENTRE } from "./crop";
import {
  applyPreset,
  DEFAULT_OPTIONS,
  formatLabel,
  type Options,
  PRESETS,
  parseOptions,
  presetCaptions,
  presetOf,
  toRequest,
} from "./options";

const [VERTICAL, , ORIGINAL] = PRESETS as [(typeof PRESETS)[0], (typeof PRESETS)[0], (typeof PRESETS)[0]];

describe("presets", () => {
  it.each(PRESETS.map((preset) => [preset.id, preset] as const))("%s is recognised", (_id, preset) => {
    expect(presetOf(applyPreset(DEFAULT_OPTIONS, preset))).toBe(preset);
  });
  it("starts with a vertical picture and burned captions", () => {
    expect(presetOf(DEFAULT_OPTIONS)).toBe(VERTICAL);
    expect(DEFAULT_OPTIONS).toMatchObject({ format: "9:16", captions: "burned" });
  });
  it("keeps the audio options", () => {
    const quiet: Options = { ...DEFAULT_OPTIONS, normalizeLoudness: false, audioFade: false };
    expect(applyPreset(quiet, ORIGINAL)).toMatchObject({ normalizeLoudness: false, audioFade: false });
  });
  it("has none for other combinations", () => {
    expect(presetOf({ ...DEFAULT_OPTIONS, format: "4:5" })).toBeNull();
    expect(presetOf({ ...DEFAULT_OPTIONS, captionStyle: "karaoke" })).toBeNull();
  });
  it("ignores the style of captions that are not burned", () => {
    const options: Options = { ...applyPreset(DEFAULT_OPTIONS, ORIGINAL), captionStyle: "karaoke" };
    expect(presetOf(options)).toBe(ORIGINAL);
  });
  it("states whether it has captions", () => {
    expect(presetCaptions(VERTICAL, true)).toBe("With captions");
    expect(presetCaptions(VERTICAL, false)).toBe("No captions");
    expect(presetCaptions(ORIGINAL, true)).toBe("No captions");
  });
});

describe("toRequest", () => {
  it("sends the position of the crop", () => {
    const { crop, captions, format } = toRequest(DEFAULT_OPTIONS, { x: 0.25, y: 0.5 }, true);
    expect({ crop, captions, format }).toEqual({
      crop: { x: 0.25, y: 0.5 },
      captions: "burned",
      format: "9:16",
    });
  });
  it.each([
    ["in the centre", DEFAULT_OPTIONS, CENTRE],
    ["of the original picture", { ...DEFAULT_OPTIONS, format: "source" }, { x: 0, y: 0 }],
    ["with a blurred background", { ...DEFAULT_OPTIONS, fill: "blur" }, { x: 0, y: 0 }],
  ] as const)("sends no position %s", (_name, options, crop) => {
    expect(toRequest(options, crop, true).crop).toBe("center");
  });
  it("drops captions without a transcript", () => {
    expect(toRequest(DEFAULT_OPTIONS, CENTRE, false).captions).toBe("none");
  });
});

describe("parseOptions", () => {
  it("restores what was stored", () => {
    const options: Options = { ...DEFAULT_OPTIONS, format: "4:5", fill: "blur", audioFade: false };
    expect(parseOptions(JSON.stringify(options))).toEqual(options);
  });
  it.each([null, "", "[]", "nonsense", '{"format":"3:2","fill":1,"audioFade":"no"}'])(
    "replaces %s by the defaults",
    (text) => {
      expect(parseOptions(text)).toEqual(DEFAULT_OPTIONS);
    },
  );
});

it("names formats", () => {
  expect(formatLabel("9:16")).toBe("Vertical 9:16");
  expect(formatLabel("source")).toBe("Original");
});

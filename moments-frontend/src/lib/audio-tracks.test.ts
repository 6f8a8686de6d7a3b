import { expect, test } from "vitest";
import { languageName, trackLabel } from "./audio-tracks";

test("language codes of files have names", () => {
  expect(languageName("eng")).toBe("English");
  expect(languageName("ger")).toBe("German");
  expect(languageName("deu")).toBe("German");
  expect(languageName("pt-BR")).toBe("Brazilian Portuguese");
});

test("codes without a language have no name", () => {
  for (const code of [null, undefined, "", "und", "zxx", "xq", "not a code"])
    expect(languageName(code)).toBeNull();
});

test("a track is named by language and title", () => {
  const track = { index: 2, codec: "aac", channels: 2, language: "fre", title: "Commentary" };
  expect(trackLabel(track, 0)).toBe("1. French – Commentary (AAC, stereo)");
  expect(trackLabel({ ...track, language: null, title: " " }, 1)).toBe("2. Track (AAC, stereo)");
  expect(trackLabel({ ...track, codec: "unknown", channels: 4, language: "und" }, 2)).toBe(
    "3. Commentary (unknown codec, 4 channels)",
  );
});

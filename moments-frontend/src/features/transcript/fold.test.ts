import { expect, test } from "vitest";
import { foldWords } from "./fold";

const words = (text: string) => foldWords(text).map(({ word }) => word);
const parts = (text: string) => foldWords(text).map(({ from, to }) => text.slice(from, to));

test.each([
  ["The Moon, twice-told!", ["the", "moon", "twice", "told"]],
  ["don't mother-in-law", ["don", "t", "mother", "in", "law"]],
  ["It costs $3,000 or 2.5%", ["it", "costs", "3000", "or", "2", "5"]],
  ["naïve na\u0131\u0308ve nai\u0308ve", ["naive", "naive", "naive"]],
  ["Straße ŒUVRE Æsir Łódź", ["strasse", "oeuvre", "aesir", "lodz"]],
  ["İstanbul", ["istanbul"]],
  ["й и", ["й", "и"]],
  ["月が 出た moon月", ["月", "が", "出", "た", "moon", "月"]],
  ["か\u3099", ["が"]],
  ["\u02bbokina", ["okina"]],
  ["한국어", ["한", "국", "어"]],
  ["soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]],
  ["🌕 moon🌊tide", ["moon", "tide"]],
  ["½ cup", ["1", "2", "cup"]],
  ["ﬁve", ["five"]],
  ["  ?! – ", []],
])("%j has the folded words %j", (text, expected) => {
  expect(words(text)).toEqual(expected);
});

test("positions are those of the text", () => {
  expect(parts("🌕 Größe, ne\u0301e, 3,000 é")).toEqual(["Größe", "ne\u0301e", "3,000", "é"]);
  expect(parts("月が出")).toEqual(["月", "が", "出"]);
});

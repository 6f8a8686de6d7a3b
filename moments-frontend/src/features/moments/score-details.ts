/** The values behind a score, in plain words. */

import { type TextKey, t } from "@/i18n";
import { formatNumber, formatPercent } from "@/lib/format";

export interface ScoreDetail {
  name: string;
  /** Meaning of a high value, as a sentence. */
  text: string | null;
  /** The value in words or percent. */
  value: string;
  /** Length of its bar, 0 to 1; null if the scale is not known. */
  share: number | null;
}

/** Scales of the values. */
type Scale =
  /** 0 to 1. */
  | "share"
  /** Standard deviations from the mean of the video. */
  | "deviation"
  /** -1 to 0, where 0 is best. */
  | "cost";

const FEATURES: Readonly<Record<string, readonly [scale: Scale, name: TextKey, text: TextKey]>> = {
  length: ["share", "moments.featureLength", "moments.highLength"],
  opening: ["share", "moments.featureOpening", "moments.highOpening"],
  ending: ["share", "moments.featureEnding", "moments.highEnding"],
  answers_question: ["share", "moments.featureAnswersQuestion", "moments.highAnswersQuestion"],
  novelty: ["deviation", "moments.featureNovelty", "moments.highNovelty"],
  sentence_length: ["deviation", "moments.featureSentenceLength", "moments.highSentenceLength"],
  turn_length: ["deviation", "moments.featureTurnLength", "moments.highTurnLength"],
  emotion: ["deviation", "moments.featureEmotion", "moments.highEmotion"],
  addresses_listener: ["deviation", "moments.featureAddressesListener", "moments.highAddressesListener"],
  negation: ["deviation", "moments.featureNegation", "moments.highNegation"],
  numbers: ["deviation", "moments.featureNumbers", "moments.highNumbers"],
  density: ["deviation", "moments.featureDensity", "moments.highDensity"],
  plain_words: ["deviation", "moments.featurePlainWords", "moments.highPlainWords"],
  about_others: ["deviation", "moments.featureAboutOthers", "moments.highAboutOthers"],
  place: ["cost", "moments.featurePlace", "moments.highPlace"],
  opening_minutes: ["cost", "moments.featureOpeningMinutes", "moments.highOpeningMinutes"],
  closing_minutes: ["cost", "moments.featureClosingMinutes", "moments.highClosingMinutes"],
  no_promotion: ["cost", "moments.featureNoPromotion", "moments.highNoPromotion"],
  centrality: ["share", "moments.featureCentrality", "moments.highCentrality"],
  information: ["share", "moments.featureInformation", "moments.highInformation"],
  "cue phrases": ["share", "moments.featureCuePhrases", "moments.highCuePhrases"],
  cohesion: ["share", "moments.featureCohesion", "moments.highCohesion"],
  delivery: ["share", "moments.featureDelivery", "moments.highDelivery"],
  position: ["share", "moments.featurePosition", "moments.highPosition"],
};

/** Return the values from high to low, without average ones; unknown names are shown as they are. */
export function scoreDetails(scores: Scores): ScoreDetail[] {
  const values = Object.entries(scores ?? {}).filter(([key, value]) => !isAverage(key, value));
  const details = values.map(([key, value]): ScoreDetail => {
    const known = FEATURES[key];
    if (!known)
      return { name: capitalised(key), text: null, value: formatNumber(value, 2, true), share: null };
    const [scale, name, text] = known;
    const share = shareOf(value, scale);
    return {
      name: t(name),
      text: t(text),
      value: scale === "deviation" ? comparison(value) : formatPercent(share * 100),
      share,
    };
  });
  return details.sort(
    (one, other) => (other.share ?? -1) - (one.share ?? -1) || one.name.localeCompare(other.name),
  );
}

/** Standard deviations up to which a value does not distinguish the moment. */
const AVERAGE_DEVIATION = 0.25;

function isAverage(key: string, value: number): boolean {
  return FEATURES[key]?.[0] === "deviation" && Math.abs(value) < AVERAGE_DEVIATION;
}

/** Standard deviations at the ends of a bar. */
const MAX_DEVIATION = 2;

function shareOf(value: number, scale: Scale): number {
  if (scale === "deviation") return clamp((value + MAX_DEVIATION) / (2 * MAX_DEVIATION));
  return clamp(scale === "cost" ? 1 + value : value);
}

const clamp = (share: number) => Math.min(1, Math.max(0, share));

/** Compare a value, in standard deviations, with the mean of the video. */
function comparison(value: number): string {
  if (value > 0) return Math.abs(value) >= 1 ? t("moments.farAbove") : t("moments.above");
  return Math.abs(value) >= 1 ? t("moments.farBelow") : t("moments.below");
}

function capitalised(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A feature of earlier versions, which stated all values in the reason: `cohesion 96% (detail)`. */
const OLD_PART = /^([a-z ]+) (\d+)%(?: \(.*\))?$/;

/** Return the reason and the values of a moment; a reason that only lists values is not shown. */
export function explanationOf({ reason, scores }: Explanation): Explanation {
  const parts = reason?.split(/, (?=[a-z ]+ \d+%)/).map((part) => OLD_PART.exec(part)) ?? [];
  if (parts.length === 0 || parts.some((part) => part === null)) return { reason, scores };
  const values = parts.map((part) => [part?.[1] ?? "", Number(part?.[2]) / 100]);
  return { reason: null, scores: scores ?? Object.fromEntries(values) };
}

type Scores = Readonly<Record<string, number>> | null;

interface Explanation {
  reason: string | null;
  scores: Scores;
}

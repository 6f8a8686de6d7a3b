/** The values behind a score, in plain words. */

import { formatPercent } from "@/lib/format";

export interface ScoreDetail {
  name: string;
  /** Meaning of a high value. */
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

const FEATURES: Readonly<Record<string, readonly [scale: Scale, name: string, text: string]>> = {
  length: ["share", "Length", "it lasts about 40 seconds, or as near to that as the options allow"],
  opening: ["share", "Beginning", "its first sentence can be understood alone"],
  ending: ["share", "Ending", "its last sentence completes the thought"],
  answers_question: ["share", "Answer", "it follows a question"],
  novelty: ["deviation", "New words", "its words are new to the video"],
  sentence_length: ["deviation", "Full sentences", "its sentences are long"],
  turn_length: ["deviation", "Long contribution", "one person speaks for long"],
  emotion: ["deviation", "Feelings", "it contains words of feeling"],
  addresses_listener: ["deviation", "To the listener", "it speaks to the listener"],
  negation: ["deviation", "Disagreement", "it contains words such as “never”"],
  numbers: ["deviation", "Figures", "it contains numbers"],
  density: ["deviation", "Details", "many of its words carry meaning"],
  plain_words: ["deviation", "Plain words", "it uses plain words"],
  about_others: ["deviation", "About others", "speakers rarely mention themselves"],
  place: ["cost", "Place", "it is early in the video"],
  opening_minutes: ["cost", "After the opening", "it is not in the first minutes"],
  closing_minutes: ["cost", "Before the closing", "it is not in the last minutes"],
  no_promotion: ["cost", "No advertisement", "no advertisement, introduction or farewell is near"],
  centrality: ["share", "Main topic", "it is close to what its topic is about"],
  information: ["share", "Information", "it contains names, numbers and uncommon words"],
  "cue phrases": ["share", "Cue phrases", "it contains phrases such as “the point is”"],
  cohesion: ["share", "One topic", "its sentences belong together"],
  delivery: ["share", "Delivery", "it is spoken fluently, without long pauses"],
  position: ["share", "Position", "it is near the start of its topic"],
};

/** Return the values from high to low, without average ones; unknown names are shown as they are. */
export function scoreDetails(scores: Scores): ScoreDetail[] {
  const values = Object.entries(scores ?? {}).filter(([key, value]) => !isAverage(key, value));
  const details = values.map(([key, value]): ScoreDetail => {
    const known = FEATURES[key];
    if (!known) return { name: capitalised(key), text: null, value: value.toFixed(2), share: null };
    const [scale, name, text] = known;
    const share = shareOf(value, scale);
    return {
      name,
      text,
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
  const side = value > 0 ? "above average" : "below average";
  return Math.abs(value) >= 1 ? `Far ${side}` : capitalised(side);
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

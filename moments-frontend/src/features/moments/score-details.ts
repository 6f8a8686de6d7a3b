/** The values behind a score, in plain words. */

export interface ScoreDetail {
  name: string;
  /** What a high value means. */
  text: string | null;
  /** 0 to 1. */
  value: number;
}

const TEXTS: Readonly<Record<string, { name: string; text: string }>> = {
  centrality: { name: "Main topic", text: "it says what the video is about" },
  information: { name: "Information", text: "it contains names, numbers and uncommon words" },
  "cue phrases": { name: "Cue phrases", text: "it contains phrases such as “the point is”" },
  cohesion: { name: "One topic", text: "its sentences belong together" },
  delivery: { name: "Delivery", text: "it is spoken fluently, without long pauses" },
  position: { name: "Position", text: "it is near a place where highlights are common" },
  opening: { name: "Opening", text: "its first sentence can be understood alone" },
};

/** Return the values from high to low; names that are not known are shown as they are. */
export function scoreDetails(scores: Readonly<Record<string, number>> | null): ScoreDetail[] {
  const details = Object.entries(scores ?? {}).map(([key, value]) => {
    const known = TEXTS[key] ?? TEXTS[key.replaceAll("_", " ")];
    return { name: known?.name ?? capitalised(key), text: known?.text ?? null, value };
  });
  return details.sort((one, other) => other.value - one.value || one.name.localeCompare(other.name));
}

function capitalised(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A feature of earlier versions, which stated all values in the reason: `cohesion 96% (detail)`. */
const OLD_PART = /^([a-z ]+) (\d+)%(?: \(.*\))?$/;

/** Return the reason and the values of a moment; a reason that only lists values is no sentence. */
export function explanationOf({ reason, scores }: { reason: string | null; scores: Scores }): {
  reason: string | null;
  scores: Scores;
} {
  const parts = reason?.split(/, (?=[a-z ]+ \d+%)/).map((part) => OLD_PART.exec(part)) ?? [];
  if (parts.length === 0 || parts.some((part) => part === null)) return { reason, scores };
  const values = parts.map((part) => [part?.[1] ?? "", Number(part?.[2]) / 100]);
  return { reason: null, scores: scores ?? Object.fromEntries(values) };
}

type Scores = Readonly<Record<string, number>> | null;

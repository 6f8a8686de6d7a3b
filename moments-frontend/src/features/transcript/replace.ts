/** Preview of find and replace; matches like the API, which makes the change. */

export interface ReplaceOptions {
  find: string;
  replacement: string;
  matchCase: boolean;
  wholeWord: boolean;
}

export interface Change {
  /** Index of the segment. */
  segment: number;
  /** The text in pieces; `after` differs from `before` in the replaced ones. */
  pieces: readonly { before: string; after: string }[];
}

export interface Preview {
  /** Number of matches. */
  count: number;
  /** The segments that contain one. */
  changes: readonly Change[];
}

/** Find all matches. An empty text has none. */
export function previewReplacement(texts: readonly string[], options: ReplaceOptions): Preview {
  const parts = options.find.normalize("NFC").match(/\S+/gu);
  if (!parts) return { count: 0, changes: [] };
  const pattern = new RegExp(parts.map(escaped).join("\\s+"), options.matchCase ? "gu" : "giu");
  let count = 0;
  const changes: Change[] = [];
  for (const [segment, original] of texts.entries()) {
    const text = original.normalize("NFC");
    const pieces: { before: string; after: string }[] = [];
    let copied = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const [from, to] = [match.index, match.index + match[0].length];
      if (options.wholeWord && (isInsideWord(text, from) || isInsideWord(text, to))) {
        pattern.lastIndex = from + 1;
        continue;
      }
      if (from > copied) pieces.push(unchanged(text.slice(copied, from)));
      pieces.push({ before: match[0], after: options.replacement });
      copied = to;
      count += 1;
    }
    if (pieces.length === 0) continue;
    if (copied < text.length) pieces.push(unchanged(text.slice(copied)));
    changes.push({ segment, pieces });
  }
  return { count, changes };
}

const unchanged = (text: string) => ({ before: text, after: text });

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Report whether the characters before and after a position belong to the same word. */
function isInsideWord(text: string, position: number): boolean {
  return (
    /[\p{L}\p{N}\p{M}_]$/u.test(text.slice(0, position)) && /^[\p{L}\p{N}\p{M}_]/u.test(text.slice(position))
  );
}

/** The words of a text without case, accents and punctuation, as the API's index has them.
 *
 * The rules are those of `app/services/search/folding.py`. */

const REMOVED =
  // biome-ignore lint/suspicious/noMisleadingCharacterClass: marks are matched one at a time
  /[\u00ad\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+/gu;
/** Scripts that are written without spaces: each character is a word. */
const SINGLE =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fff\u3005-\u3007\u3021-\u302f\u3031-\u303c\u303e-\u30fa\u30fc-\u30ff\u3100-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
/** Everything but letters, marks and numbers, and also the modifier letters, which are mostly apostrophes. */
const NO_WORD = /(?:[^\p{L}\p{M}\p{N}]|[\u02b0-\u02ff])+/gu;
/** Combining marks of kana, as in decomposed text. */
const VOICED_MARK = /[\u3099\u309a]/;
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ø: "o", đ: "d", ł: "l", ħ: "h", ı: "i", ð: "d", ŧ: "t", ς: "σ" },
  ...{ ß: "ss", æ: "ae", œ: "oe", þ: "th" },
};
/** A comma between digits, as in `3,000`, or a word; the text is ASCII and in lower case. */
const ASCII_WORD = /[0-9]+(?:,[0-9]{3}(?![0-9]))*[a-z0-9]*|[a-z0-9]+/g;

export interface FoldedWord {
  word: string;
  /** Character range in the text; `to` is exclusive. */
  from: number;
  to: number;
}

/** Return the folded words of a text in order. A character can be several words, such as `½`. */
export function foldWords(text: string): FoldedWord[] {
  return isAscii(text) ? foldAscii(text) : foldUnicode(text);
}

const isAscii = (text: string) => /^[\0-\x7f]*$/.test(text);

function foldAscii(text: string): FoldedWord[] {
  return Array.from(text.toLowerCase().matchAll(ASCII_WORD), (found) => ({
    word: found[0].replaceAll(",", ""),
    from: found.index,
    to: found.index + found[0].length,
  }));
}

function foldUnicode(text: string): FoldedWord[] {
  const words: FoldedWord[] = [];
  let from: number | null = null;
  const finish = (to: number) => {
    if (from !== null)
      words.push(...foldPart(text.slice(from, to)).map((word) => ({ word, from: from ?? 0, to })));
    from = null;
  };
  let at = 0;
  for (const character of text) {
    const to = at + character.length;
    const isInner = from !== null && (isThousands(text, at) || VOICED_MARK.test(character));
    const kind = isInner ? "inner" : kindOf(character);
    if (kind === "separator") finish(at);
    else if (kind === "single") {
      finish(at);
      from = at;
    } else if (kind === "letter") {
      if (from !== null && kindOf(firstOf(text, from)) === "single") finish(at);
      from ??= at;
    }
    at = to;
  }
  finish(text.length);
  return words;
}

const firstOf = (text: string, at: number) => String.fromCodePoint(text.codePointAt(at) ?? 0);

type Kind = "letter" | "single" | "inner" | "separator";
const kinds = new Map<string, Kind>();

/** Return how a character takes part in a word; `inner` ones neither start nor end it. */
function kindOf(character: string): Kind {
  let kind = kinds.get(character);
  if (kind === undefined) {
    const [word] = foldPart(character);
    if (word !== undefined) kind = SINGLE.test(word) ? "single" : "letter";
    else kind = character.replace(REMOVED, "") === "" ? "inner" : "separator";
    kinds.set(character, kind);
  }
  return kind;
}

function isThousands(text: string, at: number): boolean {
  return (
    text[at] === "," && /[0-9]/.test(text[at - 1] ?? "") && /^[0-9]{3}(?![0-9])/.test(text.slice(at + 1))
  );
}

function foldPart(part: string): string[] {
  const plain = part
    .replaceAll(",", "")
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll("\u0438\u0306", "\u0439") // й is a separate letter
    .replace(REMOVED, "")
    .replace(/[øđłħıðŧςßæœþ]/g, (letter) => LETTERS[letter] ?? letter)
    .normalize("NFC");
  return plain.replace(NO_WORD, " ").split(" ").filter(Boolean);
}

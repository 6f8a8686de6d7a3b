/** What of a text are links, and which files are videos. */

const ENDINGS = ["mp4", "mov", "avi", "mkv", "webm", "m4v"];
/** For a file picker. */
export const ACCEPTED = ENDINGS.map((ending) => `.${ending}`);

/** The links of a text, one a line or set apart by space; each once. */
export function parseLinks(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter(isLink))];
}

/** What stands in a text and is no link. */
export function otherWords(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "" && !isLink(word));
}

function isLink(word: string): boolean {
  if (!/^(https?|gs):\/\//i.test(word)) return false;
  return URL.canParse(word) && new URL(word).host !== "";
}

export function isVideoName(name: string): boolean {
  return ENDINGS.includes(name.split(".").at(-1)?.toLowerCase() ?? "");
}

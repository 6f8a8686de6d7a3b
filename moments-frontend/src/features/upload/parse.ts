/** Links and video files in user input. */

/** The endings that the API accepts. */
const EXTENSIONS = [
  ...["mp4", "mov", "avi", "mkv", "webm", "m4v"],
  ...["ts", "mts", "m2ts", "mpg", "mpeg", "vob", "wmv", "flv", "3gp", "3g2", "ogv", "mxf"],
];
/** For file pickers. */
export const ACCEPTED = EXTENSIONS.map((extension) => `.${extension}`);

/** Return the distinct links in a text, separated by whitespace. */
export function parseLinks(text: string): string[] {
  return [...new Set(text.split(/\s+/).filter(isLink))];
}

/** Return the parts of a text that are not links. */
export function invalidTokens(text: string): string[] {
  return text.split(/\s+/).filter((token) => token !== "" && !isLink(token));
}

function isLink(token: string): boolean {
  if (!/^(https?|gs):\/\//i.test(token)) return false;
  return URL.canParse(token) && new URL(token).host !== "";
}

export function isVideoName(name: string): boolean {
  return EXTENSIONS.includes(name.split(".").at(-1)?.toLowerCase() ?? "");
}

/** Links and video files in user input. */

import { withoutPunctuation } from "@/lib/description";

/** The endings that the API accepts. */
const EXTENSIONS = [
  ...["mp4", "mov", "avi", "mkv", "webm", "m4v"],
  ...["ts", "mts", "m2ts", "mpg", "mpeg", "vob", "wmv", "flv", "3gp", "3g2", "ogv", "mxf"],
];
/** For file pickers. */
export const ACCEPTED = EXTENSIONS.map((extension) => `.${extension}`);

/** Return the distinct links in a text, separated by whitespace. */
export function parseLinks(text: string): string[] {
  return [...new Set(tokens(text).map(toLink))].filter((link) => link !== null);
}

/** Return the parts of a text that are not links. */
export function invalidTokens(text: string): string[] {
  return tokens(text).filter((token) => toLink(token) === null);
}

function tokens(text: string): string[] {
  return text.split(/\s+/).filter((token) => /[\p{L}\p{N}]/u.test(token));
}

/** An address without scheme: a host name with a path, or one that starts with `www.`. */
const WITHOUT_SCHEME = /^(?:www\.(?:[\w-]+\.)+[a-z]{2,}|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?\/\S)/i;

/** Return a token as a link, without the punctuation around it; null if it is none. */
function toLink(token: string): string | null {
  const text = withoutPunctuation(token.replace(/^[<([{"'„“”‘’«»*_]+/, "").replace(/[>"“”]+[,.;:]*$/, ""));
  const link = WITHOUT_SCHEME.test(text) ? `https://${text}` : text;
  if (!/^(https?|gs):\/\//i.test(link)) return null;
  return URL.canParse(link) && new URL(link).host !== "" ? link : null;
}

/** Reason for not uploading a file: it is hidden, or its name does not end like a video's. */
export type Rejection = "hidden" | "type" | "download";

/** Endings of unfinished downloads, which may contain a part of a video. */
const UNFINISHED = /\.(part|crdownload|!qB)$|\.temp\.[^.]+$|\.f\d+\.[^.]+$/i;

/** Return why a file cannot be uploaded; null if its name is that of a video. */
export function rejectionOf(name: string): Rejection | null {
  if (name.startsWith(".")) return "hidden";
  if (UNFINISHED.test(name)) return "download";
  return EXTENSIONS.includes(extensionOf(name).toLowerCase()) ? null : "type";
}

export function extensionOf(name: string): string {
  return name.includes(".") ? (name.split(".").at(-1) ?? "") : "";
}

/** The browser's `localStorage`. Browsers can forbid access to it; then nothing is stored. */

const PREFIX = "videomoments:";

/** Return the stored text, or null if there is none. */
export function readStored(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}

/** Store a text; null removes it. */
export function writeStored(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, value);
  } catch {
    // Access is forbidden or the quota is used up: the value lasts until the page is closed.
  }
}

/** Return the parsed JSON, or null if the text is not valid JSON. */
export function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** Return the value if it is an object, else an empty one. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

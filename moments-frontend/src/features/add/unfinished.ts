/** Uploads that this browser began, by their ids: kept until they are whole, so that another visit can go on. */

const KEY = "videomoments:unfinished-uploads";

export function unfinished(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string") : [];
  } catch {
    return []; // storage can be forbidden, and hold anything
  }
}

export function remember(id: string): void {
  const kept = unfinished();
  if (!kept.includes(id)) write([...kept, id]);
}

export function forget(id: string): void {
  const kept = unfinished();
  if (kept.includes(id)) write(kept.filter((other) => other !== id));
}

function write(ids: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(ids));
  } catch {
    // then nobody is offered to go on
  }
}

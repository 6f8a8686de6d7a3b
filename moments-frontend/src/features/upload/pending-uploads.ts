/** Ids of uploads started in this browser, kept until all bytes are sent so that a later visit can resume them. */

import { parseJson, readStored, writeStored } from "@/lib/storage";

const STORAGE_KEY = "unfinished-uploads";

export function pendingUploads(): readonly string[] {
  const stored = parseJson(readStored(STORAGE_KEY));
  return Array.isArray(stored) ? stored.filter((id) => typeof id === "string") : [];
}

export function addPending(id: string): void {
  const ids = pendingUploads();
  if (!ids.includes(id)) write([...ids, id]);
}

export function removePending(id: string): void {
  const ids = pendingUploads();
  if (ids.includes(id)) write(ids.filter((other) => other !== id));
}

function write(ids: readonly string[]): void {
  writeStored(STORAGE_KEY, JSON.stringify(ids));
}

import { readStored, writeStored } from "@/lib/storage";

const STORAGE_KEY = "find-moments";

/** Report whether moments are generated for uploaded files; true by default. */
export function shouldFindMoments(): boolean {
  return readStored(STORAGE_KEY) !== "no";
}

export function saveFindMoments(isOn: boolean): void {
  writeStored(STORAGE_KEY, isOn ? "yes" : "no");
}

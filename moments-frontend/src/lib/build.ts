/** Detects that the server has a newer build of this app than the open page. */

import { createStore, useStore } from "./store";

const isNewer = createStore(false);

/** Minimum time between two checks. */
const INTERVAL_MS = 60_000;
let checkedAt = Number.NEGATIVE_INFINITY;

/** Return the path of the module that starts the app, which contains a hash of the build. */
function entryPath(): string | null {
  const entry = document.querySelector<HTMLScriptElement>("script[type=module][src]");
  return entry && new URL(entry.src).pathname;
}

/** Compare the page's build with that of the server. Failures are ignored: the next check follows. */
export async function checkBuild(): Promise<void> {
  const path = import.meta.env.PROD ? entryPath() : null;
  if (path === null || isNewer.get() || performance.now() - checkedAt < INTERVAL_MS) return;
  checkedAt = performance.now();
  const response = await fetch("/", { cache: "no-store", headers: { accept: "text/html" } }).catch(
    () => null,
  );
  const page = response?.ok ? await response.text().catch(() => "") : "";
  // A page without any asset comes from a proxy or a server without a build.
  if (page.includes("/assets/") && !page.includes(path)) isNewer.set(true);
}

export function useIsNewBuildAvailable(): boolean {
  return useStore(isNewer);
}

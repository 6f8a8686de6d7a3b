/** Loads the files of a dynamic import, and retries them. The build uses it in place of Vite's own helper.
 *
 * Chromium keeps a failed import, also one of a dependency, until the page is reloaded. So no file is imported
 * before all of them have arrived: `fetch` can be retried, and stores them in the browser's cache. */

import { checkBuild } from "./build";

/** Delay before each attempt. */
const DELAYS_MS = [0, 400, 1_500, 4_000] as const;
const TIMEOUT_MS = 12_000;

/** A part of the app could not be loaded. */
export class ChunkError extends Error {
  override readonly name = "ChunkError";
}

const delay = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** By URL: files that have arrived or are on their way. */
const files = new Map<string, Promise<void>>();
/** By URL: modules whose first import failed. A second instance of a module would have a state of its own. */
const reimported = new Map<string, Promise<unknown>>();

/** Import a module after its dependencies.
 *
 * @param paths of the module and its dependencies, relative to the root of the app; empty if it has none
 * @throws {ChunkError} */
export async function preload<Module>(
  load: () => Promise<Module>,
  paths: readonly string[] = [],
): Promise<Module> {
  await Promise.all(paths.map((path) => loadOnce(`/${path}`)));
  try {
    return await load();
  } catch (error) {
    return (await importAgain(error)) as Module;
  }
}

function loadOnce(url: string): Promise<void> {
  const known = files.get(url);
  if (known) return known;
  const promise = loadFile(url);
  files.set(url, promise);
  promise.catch(() => files.delete(url));
  return promise;
}

async function loadFile(url: string): Promise<void> {
  const isStyle = url.endsWith(".css");
  if (document.querySelector(isStyle ? `link[href="${url}"]` : `script[src="${url}"]`)) return;
  await retry(async () => {
    await fetchFile(url);
    if (isStyle) await addStyle(url);
  });
}

/** Run an action until it succeeds or all attempts have failed. A file that no longer exists is not retried. */
async function retry<Result>(action: () => Promise<Result>): Promise<Result> {
  let failure: unknown;
  for (const ms of DELAYS_MS) {
    if (ms > 0) await delay(ms);
    try {
      return await action();
    } catch (error) {
      if (error instanceof ChunkError) throw error;
      failure = error;
    }
  }
  throw new ChunkError(failure instanceof Error ? failure.message : String(failure));
}

async function fetchFile(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status === 404) {
    void checkBuild();
    throw new ChunkError(`${url} no longer exists`);
  }
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  await response.arrayBuffer();
}

function addStyle(url: string): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.crossOrigin = "";
  link.href = url;
  return new Promise((resolve, reject) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => {
      link.remove();
      reject(new Error(`${url} could not be loaded`));
    });
    document.head.append(link);
  });
}

/** Import the module of a failed import under another URL, because browsers keep the failure of the first one. */
function importAgain(error: unknown): Promise<unknown> {
  const message = error instanceof Error ? error.message : String(error);
  const [url] = /https?:\/\/\S+\.js/.exec(message) ?? [];
  if (url === undefined) throw new ChunkError(message);
  const known = reimported.get(url);
  if (known) return known;
  let attempt = 0;
  const promise = retry(async () => {
    await fetchFile(url);
    attempt += 1;
    return (await import(/* @vite-ignore */ `${url}?attempt=${attempt}-${Date.now()}`)) as unknown;
  });
  reimported.set(url, promise);
  promise.catch(() => reimported.delete(url));
  return promise;
}

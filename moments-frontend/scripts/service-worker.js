/** Service worker: the app starts offline, and its files are loaded once per build.
 *
 * It leaves everything else to the browser: the API with its keys, streams with their ranges, and uploads.
 * Pages come from the network first, so that no old build outlives an update. `FILES` and `BUILD` are set by the
 * build (`service-worker.ts`). */

const BUILD = "__BUILD__";
const FILES = __FILES__;

const PREFIX = "videomoments-";
const CACHE = PREFIX + BUILD;
const SHELL = "/";
/** Time after which a page is taken from the cache although the server may still respond. */
const PAGE_TIMEOUT_MS = 15_000;
const RETRY_DELAYS_MS = [300, 1_500];

self.addEventListener("install", (event) => {
  event.waitUntil(store());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(removeOldBuilds().then(() => self.clients.claim()));
});

self.addEventListener("message", ({ data }) => {
  if (data === "activate") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || request.headers.has("range")) return;
  if (request.mode === "navigate") {
    if (isPage(url.pathname)) event.respondWith(page(request));
  } else if (url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

/** Report whether a path is one of the app's pages; other servers' pages and the API are not. */
function isPage(path) {
  return !/^\/(api|health|metrics|docs|openapi\.json|shared|assets)(\/|$)/.test(path) && !/\.\w+$/.test(path);
}

async function store() {
  const cache = await caches.open(CACHE);
  await cache.addAll([new Request(SHELL, { cache: "reload", credentials: "omit" }), ...FILES]);
}

/** Keep the previous build for tabs that are still open. */
async function removeOldBuilds() {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(names.slice(0, -1).map((name) => caches.delete(name)));
}

async function page(request) {
  try {
    return await fetch(request, { signal: AbortSignal.timeout(PAGE_TIMEOUT_MS) });
  } catch (error) {
    const shell = await caches.match(SHELL, { cacheName: CACHE });
    if (shell) return shell;
    throw error;
  }
}

async function asset(request) {
  const url = new URL(request.url);
  const stored = await caches.match(url.pathname);
  if (stored) return stored;
  for (const ms of RETRY_DELAYS_MS) {
    try {
      return await fetch(request);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
  return fetch(request);
}

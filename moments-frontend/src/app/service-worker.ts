/** Registers the service worker, which makes the app installable and lets it start offline. */

const DELAY_MS = 2_000;

/** Register once the first page has loaded, which must not wait for the files of other pages. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  const register = () => setTimeout(() => void start().catch(() => undefined), DELAY_MS);
  if (document.readyState === "complete") register();
  else window.addEventListener("load", register, { once: true });
}

async function start(): Promise<void> {
  const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
  // This page already is of the new build, because pages come from the network.
  registration.waiting?.postMessage("activate");
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker?.addEventListener("statechange", () => {
      if (worker.state === "installed" && navigator.serviceWorker.controller) worker.postMessage("activate");
    });
  });
}

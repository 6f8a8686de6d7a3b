/** Recovers from a lost request for the app's own script or style sheet, which nothing else could handle. */
(() => {
  const DELAYS_MS = [500, 3000, 10000];
  const COUNT = "videomoments:reloads";

  function attempts() {
    try {
      return Number(sessionStorage.getItem(COUNT) ?? 0);
    } catch {
      return DELAYS_MS.length; // storage is forbidden: never reload in a loop
    }
  }

  function addStyles() {
    for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
      if (link.sheet || link.dataset.replaced) continue;
      link.dataset.replaced = "";
      const next = link.cloneNode();
      next.href = `${link.getAttribute("href")}?attempt=${Date.now()}`;
      next.removeAttribute("data-replaced");
      next.addEventListener("error", () => setTimeout(addStyles, DELAYS_MS[1]));
      setTimeout(() => link.after(next), DELAYS_MS[0]);
    }
  }

  addEventListener("load", () => {
    addStyles();
    if ("started" in document.documentElement.dataset) {
      sessionStorage.removeItem(COUNT);
      return;
    }
    const delay = DELAYS_MS[attempts()];
    if (delay === undefined) return;
    setTimeout(() => {
      sessionStorage.setItem(COUNT, String(attempts() + 1));
      location.reload();
    }, delay);
  });
})();

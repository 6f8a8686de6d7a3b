import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { loadProblemTexts } from "./api/problem-texts";
import { App } from "./app/App";
import { enableScrollRestoration } from "./app/scroll-restoration";
import { registerServiceWorker } from "./app/service-worker";
import { loadCatalogue } from "./i18n";
import { applyStoredTheme } from "./lib/theme";
import { prefetchPage } from "./pages/prefetch";

// Read by boot.js: the script has arrived.
document.documentElement.dataset.started = "";
applyStoredTheme();
enableScrollRestoration();
registerServiceWorker();

/** Maximum wait for the first page's data: rendering once takes half as long as rendering twice. */
const MAX_WAIT_MS = 100;

const root = document.getElementById("root");
if (!root) throw new Error("the document has no #root element");
const timeout = new Promise((resolve) => setTimeout(resolve, MAX_WAIT_MS));
void loadProblemTexts();
// No top-level await: chunks that import this one would wait for it, while it waits for them.
void Promise.all([
  loadCatalogue(),
  Promise.race([prefetchPage(location.pathname, location.search), timeout]),
]).then(() => createRoot(root).render(<App />));

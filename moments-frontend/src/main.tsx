import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { prefetchPage } from "./app/routes";
import { rememberScroll } from "./app/scroll-memory";
import { applyStoredTheme } from "./app/theme";

applyStoredTheme();
rememberScroll();

/** How long the first drawing waits for what it is to show: to draw once takes half as long as to draw twice. */
const PATIENCE_MS = 100;

const root = document.getElementById("root");
if (!root) throw new Error("the page has no place for the app");
const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
// Not awaited: code that comes later imports this file, and would wait for it as it waits for that code.
void Promise.race([prefetchPage(location.pathname, location.search), patience]).then(() =>
  createRoot(root).render(<App />),
);

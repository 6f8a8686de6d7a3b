import "./styles/base.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { prefetchPage } from "./app/routes";
import { rememberScroll } from "./app/scroll-memory";
import { applyStoredTheme } from "./app/theme";

applyStoredTheme();
rememberScroll();
prefetchPage(location.pathname, location.search);

const root = document.getElementById("root");
if (!root) throw new Error("the page has no place for the app");
createRoot(root).render(<App />);

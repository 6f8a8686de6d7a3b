import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Replace Vite's helper around dynamic imports by one that retries: see `src/lib/preload.ts`. */
export function retryPreload(): Plugin {
  const helper = fileURLToPath(new URL("../src/lib/preload.ts", import.meta.url));
  return {
    name: "retry-preload",
    apply: "build",
    enforce: "pre",
    load: {
      filter: { id: /vite\/preload-helper\.js$/ },
      handler: () => `export { preload as __vitePreload } from ${JSON.stringify(helper)};`,
    },
  };
}

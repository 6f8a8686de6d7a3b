import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** Fonts of alphabets that the interface does not use are loaded on demand. */
const ON_DEMAND = /(cyrillic|greek|vietnamese)/;

/** Write `sw.js` with the list of the build's files. */
export function serviceWorker(): Plugin {
  const source = fileURLToPath(new URL("./service-worker.js", import.meta.url));
  return {
    name: "service-worker",
    apply: "build",
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle)
        .filter((name) => name.startsWith("assets/") && !ON_DEMAND.test(name))
        .map((name) => `/${name}`)
        .sort();
      const code = readFileSync(source, "utf-8");
      const build = createHash("sha256")
        .update(JSON.stringify(files))
        .update(code)
        .digest("hex")
        .slice(0, 12);
      this.emitFile({
        type: "asset",
        fileName: "sw.js",
        source: code.replace("__BUILD__", build).replace("__FILES__", JSON.stringify(files)),
      });
    },
  };
}

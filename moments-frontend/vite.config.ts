import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const backend = process.env.VIDEOMOMENTS_URL ?? "http://127.0.0.1:7005";

export default defineConfig({
  plugins: [
    react(),
    // The components bring their words in thirty languages; the app speaks one.
    { ...optimizeLocales.vite({ locales: ["en-US"] }), enforce: "pre" } as Plugin,
    compressed(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "baseline-widely-available",
    manifest: true,
    modulePreload: { polyfill: false },
    // What the first page needs is one file, not one for each way in which later pages share it.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  server: { port: 5173, proxy: { "/api": backend, "/health": backend } },
});

/** Puts `.br` and `.gz` beside whatever gets smaller by it, so that the server has only to choose. */
function compressed(): Plugin {
  let folder = "dist";
  return {
    name: "compressed",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const content = readFileSync(file);
        for (const [ending, packed] of [
          ["br", brotliCompressSync(content)],
          ["gz", gzipSync(content, { level: 9 })],
        ] as const) {
          if (packed.length < content.length) writeFileSync(`${file}.${ending}`, packed);
        }
      }
    },
  };
}

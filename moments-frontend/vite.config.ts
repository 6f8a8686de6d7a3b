import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import optimizeLocales from "@react-aria/optimize-locales-plugin";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { retryPreload } from "./scripts/retry-preload.ts";
import { serviceWorker } from "./scripts/service-worker.ts";

const backend = process.env.VIDEOMOMENTS_URL ?? "http://127.0.0.1:7005";

/** Keeps the `Host` header: the API refuses changes by pages of another origin. */
const proxy = { target: backend, changeOrigin: false };

export default defineConfig({
  plugins: [
    react(),
    // React Aria ships its texts in 30 languages; the app has these.
    { ...optimizeLocales.vite({ locales: ["en-US", "de-DE"] }), enforce: "pre" } as Plugin,
    retryPreload(),
    serviceWorker(),
    copySwaggerUi(),
    precompress(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "baseline-widely-available",
    manifest: true,
    modulePreload: { polyfill: false },
    // One file for the first page, instead of one for each combination of pages that share code.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first", tags: ["$initial"] }] } } },
  },
  server: { port: 5173, proxy: { "/api": proxy, "/health": proxy } },
});

/** Copy the scripts and styles of `public/docs.html`. They are too large to be bundled at every build. */
function copySwaggerUi(): Plugin {
  let folder = "dist";
  return {
    name: "copy-swagger-ui",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    writeBundle: () => {
      const source = fileURLToPath(new URL("./node_modules/swagger-ui-dist", import.meta.url));
      for (const name of ["swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE"]) {
        copyFileSync(join(source, name), join(folder, "docs", name));
      }
    },
  };
}

/** Write `.br` and `.gz` files next to the assets that get smaller, so that the server need not compress. */
function precompress(): Plugin {
  let folder = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const content = readFileSync(file);
        for (const [extension, compressed] of [
          ["br", brotliCompressSync(content)],
          ["gz", gzipSync(content, { level: 9 })],
        ] as const) {
          if (compressed.length < content.length) writeFileSync(`${file}.${extension}`, compressed);
        }
      }
    },
  };
}

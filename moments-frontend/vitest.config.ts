import { mergeConfig } from "vite";
import { defineConfig } from "vitest/config";
import app from "./vite.config";

export default mergeConfig(
  app,
  defineConfig({
    test: {
      include: ["src/**/*.test.{ts,tsx}"],
      environment: "node",
      setupFiles: ["src/i18n/test-setup.ts"],
      restoreMocks: true,
    },
  }),
);

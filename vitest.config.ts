import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["b2kit-source"] },
  ssr: { resolve: { conditions: ["b2kit-source"] } },
  test: { include: ["test/**/*.test.ts"], testTimeout: 30_000 },
});

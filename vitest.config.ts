import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { conditions: ["b2kit-source"] },
  ssr: { resolve: { conditions: ["b2kit-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    isolate: false, // Compiling what checks the emulator's answers takes longer than most files' tests.
    testTimeout: 60_000,
  },
});

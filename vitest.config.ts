import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/setup.ts",
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    // A worker keeps what it has imported, such as the CDK, for its next files: a fifth less time in all.
    isolate: false,
  },
});

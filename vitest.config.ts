import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    globalSetup: "test/setup.ts",
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than the two cores that there may be: end-to-end tests mostly wait.
    maxWorkers: 3,
    // A worker keeps what it has imported, such as the CDK, for its next files: a fifth less time in all.
    isolate: false,
  },
});

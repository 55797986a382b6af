import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { morphospace: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    globalSetup: ["test/build.global.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

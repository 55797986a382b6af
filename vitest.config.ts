import { defineConfig } from "vitest/config";

const src = new URL("./src/", import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: [
      { find: /^morphospace$/, replacement: `${src}index.ts` },
      { find: /^morphospace\/(\w+)$/, replacement: `${src}$1/index.ts` },
    ],
  },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    globalSetup: ["test/build.global.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});

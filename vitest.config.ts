import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["{sdk/*,runtime,server,cli,templates}/test/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
  },
});

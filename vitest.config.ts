import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest begin first, so that nobody waits for one of them at the end. */
const longest = [
  "tests/e2e/user",
  "tests/durability/",
  "cli/test/cluster.test",
  "tests/javascript/",
  "sdk/compiler/test/build",
  "server/test/hub/kill",
  "cli/test/wrong-input",
  "tests/e2e/",
  "sdk/assemblyscript/",
  "cli/test/",
  "tests/",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = longest.findIndex((part) => moduleId.includes(`/${part}`));
      return at < 0 ? longest.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ["{sdk/*,runtime,server,cli,templates}/test/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    // Compilers and engines stay loaded from one file to the next; what a file must not share it starts as a process.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});

import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that take longest begin first, so that nobody waits for one of them at the end. */
const longest = [
  "tests/e2e/user",
  "tests/durability/",
  "cli/test/cluster.test",
  "cli/test/hub.test",
  "tests/fuel/",
  "tests/examples/examples",
  "tests/javascript/",
  "sdk/compiler/test/build",
  "server/test/hub/kill",
  "cli/test/wrong-input",
  "tests/e2e/",
  "sdk/assemblyscript/",
  "cli/test/",
  "tests/",
];

/**
 * What takes minutes together: users' journeys through the CLI, kills and power cuts, wasmtime as the oracle, hostile
 * guests. The gate runs it after the README's test command, which stays short without it.
 */
const thorough = [
  "tests/{durability,e2e,fuel}/**/*.test.ts",
  "tests/javascript/{engines,fault-reports,faults,javy}.test.ts",
  "cli/test/{adapt,cluster,hub,hub-pack,hub-transfer,release-gate}.test.ts",
  "server/test/hub/{kill,scale,web}.test.ts",
  "server/test/log/{model,recovery}.test.ts",
  "server/test/{cluster/kill,spu/hostile}.test.ts",
  "runtime/test/fuel.test.ts",
  "sdk/assemblyscript/test/strangers.test.ts",
  "sdk/compiler/test/crash.test.ts",
];
const everything = ["{sdk/*,runtime,server,cli,templates}/test/**/*.test.ts", "tests/**/*.test.ts"];
const never = ["**/node_modules/**", "**/dist/**"];

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
    projects: [
      { extends: true, test: { name: "quick", include: everything, exclude: [...never, ...thorough] } },
      { extends: true, test: { name: "thorough", include: thorough, exclude: never } },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    // Compilers and engines stay loaded from one file to the next; what a file must not share it starts as a process.
    isolate: false,
    sequence: { sequencer: LongestFirst },
  },
});

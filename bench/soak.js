// The long runs of the tests: more kills, and fuzzing from fresh seeds.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("../node_modules/vitest/vitest.mjs", import.meta.url));

function run(title, tests, env) {
  console.log(`\n# ${title}`);
  const { status } = spawnSync(process.execPath, [vitest, "run", ...tests], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
  if (status !== 0) process.exit(status ?? 1);
}

console.log("\n# memory of modules over 100 million records");
const memory = spawnSync(process.execPath, [fileURLToPath(new URL("./sdk-memory.js", import.meta.url))], {
  stdio: "inherit",
});
if (memory.status !== 0) process.exit(memory.status ?? 1);
console.log("\n# memory of JavaScript modules over 10 million records");
const scripts = spawnSync(process.execPath, [fileURLToPath(new URL("./js-memory.js", import.meta.url))], {
  stdio: "inherit",
});
if (scripts.status !== 0) process.exit(scripts.status ?? 1);
run("500,000 operations on the state of a module", ["sdk/assemblyscript/test/memory.test.ts"], {
  SMDK_MODEL_OPERATIONS: "500000",
});
run("100 kills during production", ["tests/durability"], { SMDK_KILL_ROUNDS: "100" });
run("200 kills of a hub during publishing", ["server/test/hub/kill.test.ts"], {
  SMDK_HUB_KILL_ROUNDS: "200",
});
for (let i = 0; i < 5; i++) {
  const seed = String(Math.floor(Math.random() * 2 ** 32));
  run(`fuzz, seed ${seed}`, ["tests/fuzz", "sdk/protocol/test/fuzz.test.ts"], { SMDK_FUZZ_SEED: seed });
}

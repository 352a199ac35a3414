// All benches, one after the other. With names as arguments, only those.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const benches = ["start", "engine", "sdk", "js", "cluster"];
const chosen = process.argv.length > 2 ? process.argv.slice(2) : benches;
for (const name of chosen) {
  if (!benches.includes(name)) {
    console.error(`no bench called ${name}; there are: ${benches.join(", ")}`);
    process.exit(2);
  }
  console.log(`\n# ${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.js`, import.meta.url))], {
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

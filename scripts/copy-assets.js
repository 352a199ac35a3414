// Copies build products that tsc does not know about; filled by the packages that need it.
// A package's part that is already up to date is left alone.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const scripts = ["../sdk/javascript/scripts/build-engine.js", "../sdk/javascript/scripts/build-stdio.js"];
for (const script of scripts) {
  execFileSync(process.execPath, [fileURLToPath(new URL(script, import.meta.url))], { stdio: "inherit" });
}

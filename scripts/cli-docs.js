// Writes docs/cli.md from the commands themselves: node scripts/cli-docs.js (after a build).
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
await import("../cli/scripts/write-manifest.js");
const { commands } = JSON.parse(readFileSync(path("cli/oclif.manifest.json"), "utf8"));

const parts = Object.keys(commands)
  .filter((id) => !commands[id].hidden)
  .sort()
  .map((id) => {
    const name = id.replaceAll(":", " ");
    const { stdout } = spawnSync(process.execPath, [path("cli/bin/run.js"), ...name.split(" "), "--help"], {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", COLUMNS: "100" },
    });
    return `## smdk ${name}\n\n\`\`\`text\n${stdout.replaceAll(/[ \t]+$/gm, "").trimEnd()}\n\`\`\`\n`;
  });

const head = `# The commands

Made from the commands by \`node scripts/cli-docs.js\`.

Every command takes \`--json\`: the result is one JSON value on standard output, for \`consume\` one line for each record, for \`dev\` one for each event; a failure is \`{"error": {"code", "message", "exitCode", "hint"?, "causes"?, "location"?, "diagnostics"?}}\`. 64-bit integers are numbers while they are exact and text beyond that.

Exit codes: 0 fine, 1 a check or test failed, 2 usage, 3 configuration, 4 build, 5 cluster unreachable, 6 not permitted, 70 our bug, 130 interrupted.

`;
writeFileSync(path("docs/cli.md"), `${head}${parts.join("\n")}`);

/** Names the closest command when someone mistypes one. Never asks, so scripts cannot hang here. */
import type { Hook } from "@oclif/core";
import { usage } from "../errors.ts";

/** What Fluvio's own tool has and this one has not, with what to do instead. */
const elsewhere = new Map([
  ["home", "mirroring from a remote cluster is set up with Fluvio's own command line"],
  ["remote export", "mirroring from a remote cluster is set up with Fluvio's own command line"],
  ["smartmodule watch", "smdk smartmodule list, or smdk dev while a module is written"],
  ["benchmark", "smdk produce and smdk consume show rates; Fluvio's own command line has a benchmark"],
  ["completions", "smdk autocomplete"],
  ["cluster check", "smdk cluster status"],
  ["cluster diagnostics", "smdk cluster status; the log lies in the cluster directory of SMDK_HOME"],
  ["cluster upgrade", "npm install --save-dev smdk@latest, then smdk cluster stop and start"],
]);

const hook: Hook<"command_not_found"> = async ({ config, id }) => {
  const typed = id.replaceAll(":", " ");
  for (const [name, instead] of elsewhere) {
    if (typed === name || typed.startsWith(`${name} `)) {
      throw usage(`${config.bin} has no \`${name}\``, instead);
    }
  }
  const known = config.commands
    .filter((command) => !command.hidden)
    .map((command) => command.id.replaceAll(":", " "));
  const [closest] = known
    .map((name) => ({ name, distance: editDistance(typed.slice(0, 64), name) }))
    .sort((a, b) => a.distance - b.distance);
  const near = closest !== undefined && closest.distance <= Math.max(2, typed.length / 3);
  throw usage(
    `\`${typed}\` is not an ${config.bin} command`,
    near ? `${config.bin} ${closest.name}` : `${config.bin} help`,
  );
};

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}

export default hook;

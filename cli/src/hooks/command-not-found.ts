/** Names the closest command when someone mistypes one. Never asks, so scripts cannot hang here. */
import type { Hook } from "@oclif/core";
import { usage } from "../errors.ts";

const hook: Hook<"command_not_found"> = async ({ config, id }) => {
  const typed = id.replaceAll(":", " ");
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

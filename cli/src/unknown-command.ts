/** The failure for words that are no command of ours, wherever they were typed: as a command or after `help`. */
import type { Interfaces } from "@oclif/core";
import { type CliError, usage } from "./errors.ts";
import { closest, insteadOfCommand } from "./guidance.ts";

/** `id` has the words with `:` or blanks between them. */
export function unknownCommand({ bin, commands }: Interfaces.Config, id: string): CliError {
  const typed = id.replaceAll(":", " ");
  const instead = insteadOfCommand(typed);
  if (instead !== undefined) return usage(`${bin} has no \`${typed}\``, instead);
  const known = commands.filter(({ hidden }) => !hidden).map((command) => command.id.replaceAll(":", " "));
  const command = known.find((name) => typed.startsWith(`${name} `));
  if (command !== undefined) {
    return usage(
      `\`${command}\` takes no argument \`${typed.slice(command.length + 1)}\``,
      `${bin} ${command} --help`,
    );
  }
  const near = closest(typed, known);
  if (near !== undefined) return usage(`\`${typed}\` is not an ${bin} command`, `${bin} ${near}`);
  const topic = typed.split(" ")[0]!;
  const isTopic = known.some((name) => name.startsWith(`${topic} `));
  return usage(`\`${typed}\` is not an ${bin} command`, `${bin} help${isTopic ? ` ${topic}` : ""}`);
}

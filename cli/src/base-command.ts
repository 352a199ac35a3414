/** What all commands share: `--json`, quiet human output, and results that are values first. */
import { type CliError, usage } from "./errors.ts";
import { insteadOfFlag } from "./guidance.ts";
import { Command, Flags } from "./oclif.ts";
import { type ListFormat, type Palette, paletteFor, render, toJson } from "./output.ts";
import { leaveSignalsToSystem } from "./services/interrupt.ts";

export abstract class SmdkCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: "print the result as JSON", helpGroup: "GLOBAL" }),
  };

  /** Whether it runs modules in this thread without `withSystemSignals`; Ctrl-C is the system's business then. */
  static runsModules = false;

  /** Colours for stdout. */
  protected readonly color: Palette = paletteFor(process.stdout);
  /** Colours for stderr. */
  protected readonly errorColor: Palette = paletteFor(process.stderr);

  protected override async init(): Promise<void> {
    await super.init();
    if ((this.ctor as typeof SmdkCommand).runsModules) leaveSignalsToSystem();
  }

  /** Writes one line on stdout. */
  protected say(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** Writes one line on stderr: progress and remarks that are not the result. */
  protected note(line: string): void {
    process.stderr.write(`${line}\n`);
  }

  /** Prints the command's result: the value with `--json`, the text otherwise (nothing when it is empty). */
  protected finish(flags: { json: boolean }, value: unknown, human: string | (() => string)): void {
    const text = flags.json ? toJson(value) : typeof human === "string" ? human : human();
    if (text !== "") this.say(text);
  }

  /** Prints one of several results: one line for each with `--json`, so that a reader knows where it ends. */
  protected finishOne(flags: { json: boolean }, value: unknown, human: () => string): void {
    this.say(flags.json ? toJson(value, 0) : human());
  }

  /** Prints a list: `--json` wins over `--output`; the table is for people. */
  protected async finishList(
    flags: { json: boolean; output?: ListFormat | undefined },
    value: unknown,
    asTable: () => string,
  ): Promise<void> {
    const format = flags.json ? "json" : (flags.output ?? "table");
    this.say(format === "table" ? asTable() : await render(value, format));
  }

  /** Failures are reported in one place, `main`; only here it is known which flags there are. */
  protected override async catch(error: Error): Promise<never> {
    const command = (this.id ?? "").replaceAll(":", " ");
    const help = `${this.config.bin} ${command} --help`;
    const { exit, hint, flags = [] } = error as Partial<CliError> & { flags?: readonly unknown[] };
    if (exit === "usage" && hint === undefined) throw usage(error.message, help);
    // oclif's complaint about flags has their names.
    const [flag] = flags;
    if (!("oclif" in error) || typeof flag !== "string") throw error;
    const visible = Object.entries({ ...this.ctor.baseFlags, ...this.ctor.flags }).filter(
      ([, { hidden }]) => !hidden,
    );
    const instead = insteadOfFlag(
      command,
      flag,
      visible.flatMap(([name, { aliases = [] }]) => [name, ...aliases]),
    );
    throw usage(`${this.config.bin} ${command} has no flag ${flag}`, instead ?? help);
  }
}

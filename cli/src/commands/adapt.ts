import { SmdkCommand } from "../base-command.ts";
import { CliError, fileErrorText } from "../errors.ts";
import { Args, Flags } from "../oclif.ts";
import { humanBytes } from "../output.ts";

const kinds = ["filter", "map", "filter-map", "array-map", "aggregate"] as const;

export default class Adapt extends SmdkCommand {
  static override summary =
    "make a SmartModule of a program that reads standard input and writes standard output";
  static override description =
    "FILE is a WASI command, a reactor, or a module that Javy built. It runs once for each record: the value is its standard input, what it writes to standard output is the new value. An exit code other than 0 is an error of the record, with standard error as its text.";
  static override examples = [
    "<%= config.bin %> adapt index.wasm",
    "<%= config.bin %> adapt target/wasm32-wasip1/release/tidy.wasm --kind filter-map -o tidy.wasm",
    "<%= config.bin %> adapt index.wasm --plugin plugin.wasm",
  ];
  static override args = {
    file: Args.string({ required: true, description: "module to adapt" }),
  };
  static override flags = {
    kind: Flags.string({
      default: "map",
      description:
        "what the output means: map, the value; filter-map, the value, or no record if empty; filter, no record if empty or false; array-map, a record for each line; aggregate, the accumulator, which is in front of the value on standard input as a line",
      helpValue: kinds.join("|"),
      options: kinds,
    }),
    output: Flags.string({
      char: "o",
      description: "file to write (default: FILE with .smartmodule.wasm)",
      helpValue: "OUT",
    }),
    plugin: Flags.string({
      description: "Javy's plugin, if the module was linked to it dynamically",
      helpValue: "PLUGIN",
    }),
    call: Flags.string({
      description: "export to call (default: _start, or the only function without parameters)",
      helpValue: "NAME",
    }),
    trim: Flags.boolean({ description: "remove a newline at the end of the output" }),
    "keep-state": Flags.boolean({
      description: "keep memory from record to record instead of starting anew; for reactors",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Adapt);
    const bytes = await readModule(args.file);
    const plugin = flags.plugin === undefined ? undefined : await readModule(flags.plugin);
    const { adapt } = await import("@smdk/compiler");
    const kind = flags.kind.replace("-", "_") as "filter" | "map" | "filter_map" | "array_map" | "aggregate";
    const adapted = await adapt(bytes, {
      kind,
      trimNewline: flags.trim,
      keepState: flags["keep-state"],
      ...(flags.call !== undefined && { call: flags.call }),
      ...(plugin !== undefined && { plugin }),
    });
    const file = flags.output ?? args.file.replace(/(\.wasm)?$/, ".smartmodule.wasm");
    const { writeFile } = await import("node:fs/promises");
    await writeFile(file, adapted.bytes).catch((cause: unknown) => {
      throw new CliError("failed", `${file}: ${fileErrorText(cause)}`, { cause });
    });
    const { call, hasPlugin, imports } = adapted;
    const value = { wasmPath: file, kind, call, hasPlugin, imports, size: adapted.bytes.length };
    this.finish(
      flags,
      value,
      () =>
        `${this.color.green("Adapted")} ${args.file} (${kind}, calls ${call}): ${file}, ${humanBytes(adapted.bytes.length)}`,
    );
  }
}

/** Largest file that is read at all; the adapter's own limit is lower. */
const mostBytes = 256 * 2 ** 20;

async function readModule(file: string): Promise<Uint8Array> {
  const { readFile, stat } = await import("node:fs/promises");
  try {
    const { size } = await stat(file);
    if (size > mostBytes) {
      throw new CliError("failed", `${file} has ${humanBytes(size)}, too much for a module`, {
        code: "SMDK_ADAPT_SIZE",
      });
    }
    return await readFile(file);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("failed", `${file}: ${fileErrorText(cause)}`, { cause });
  }
}

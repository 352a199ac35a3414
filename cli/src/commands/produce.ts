import { SmdkCommand } from "../base-command.ts";
import { usage } from "../errors.ts";
import { count, longClusterFlags } from "../flags.ts";
import { Args, Flags } from "../oclif.ts";
import { humanBytes } from "../output.ts";
import { smartModuleFlags, smartModulesOf } from "../services/smartmodule-use.ts";
import { parseBytes, parseMillis } from "../values.ts";
import { deliveryFlag, isolationFlag } from "../wire-choices.ts";

const compressions = { none: "None", gzip: "Gzip", snappy: "Snappy", lz4: "Lz4", zstd: "Zstd" } as const;

export default class Produce extends SmdkCommand {
  static override summary = "write records to a topic: one for each line of a file or of the standard input";
  static override examples = [
    "<%= config.bin %> produce words",
    "<%= config.bin %> produce words --file words.txt --compression zstd",
    "printf 'k1:apple\\nk2:banana' | <%= config.bin %> produce fruit --key-separator :",
  ];
  static override args = { topic: Args.string({ required: true, description: "name of the topic" }) };
  static override flags = {
    file: Flags.string({
      char: "f",
      description: "file to send (default: the standard input)",
      helpValue: "FILE",
    }),
    raw: Flags.boolean({ description: "the whole input is one record" }),
    key: Flags.string({ exclusive: ["key-separator"], description: "key of all records", helpValue: "KEY" }),
    "key-separator": Flags.string({
      exclusive: ["raw"],
      description: "split lines into key and value where this occurs first",
      helpValue: "TEXT",
    }),
    verbose: Flags.boolean({ char: "v", description: "print what was sent" }),
    compression: Flags.custom<(typeof compressions)[keyof typeof compressions]>({
      description: "compression of the batches (default: what the topic asks for)",
      helpValue: Object.keys(compressions).join("|"),
      parse: async (text) => {
        const known = (compressions as Record<string, "None" | "Gzip" | "Snappy" | "Lz4" | "Zstd">)[
          text.toLowerCase()
        ];
        if (known) return known;
        throw usage(`unknown compression format: ${text}`, `one of ${Object.keys(compressions).join(", ")}`);
      },
    })(),
    linger: Flags.string({
      description: "how long a batch may wait for more records (default 0ms)",
      helpValue: "DURATION",
    }),
    "batch-size": Flags.string({ description: "bytes of a batch (default 16384)", helpValue: "SIZE" }),
    "max-request-size": Flags.string({
      description: "bytes of the largest record (default 1048576)",
      helpValue: "SIZE",
    }),
    isolation: isolationFlag(),
    "delivery-semantic": deliveryFlag(),
    partition: count({
      char: "p",
      description: "partition to write to (default: chosen by the key, or in turn)",
      helpValue: "N",
    }),
    ...smartModuleFlags,
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Produce);
    if (flags["key-separator"] === "") {
      throw usage("--key-separator must be non-empty", `if it is "=", write --key-separator "="`);
    }
    const modules = await smartModulesOf(flags, (line) => this.note(line));
    const { produce } = await import("../services/produce.ts");
    const summary = await produce({
      topic: args.topic,
      file: flags.file,
      raw: flags.raw,
      key: flags.key,
      keySeparator: flags["key-separator"],
      compression: flags.compression,
      lingerMs: flags.linger === undefined ? undefined : parseMillis(flags.linger, "--linger"),
      batchSize: bytesFlag(flags["batch-size"], "--batch-size"),
      maxRequestSize: bytesFlag(flags["max-request-size"], "--max-request-size"),
      isolation: flags.isolation,
      delivery: flags["delivery-semantic"],
      partition: flags.partition,
      modules,
      cluster: flags,
      onRecord: flags.verbose && !flags.json ? (text) => this.say(text) : undefined,
      onSkipped: (line) =>
        this.note(`Failed to find separator '${flags["key-separator"]}' in record, skipping: '${line}'`),
    });
    const interactive = process.stdin.isTTY === true && flags.file === undefined;
    this.finish(flags, summary, () => {
      if (interactive) return this.color.green("Ok!");
      if (!flags.verbose) return "";
      return `${summary.records} records (${humanBytes(summary.bytes)}) sent, ${summary.skipped} lines skipped`;
    });
  }
}

function bytesFlag(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBytes(text, flag);
  if (bytes < 1n || bytes > 0x7fff_ffffn) throw usage(`${flag} must be 1 to 2147483647 bytes, not ${text}`);
  return Number(bytes);
}

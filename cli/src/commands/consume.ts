import { SmdkCommand } from "../base-command.ts";
import { usage } from "../errors.ts";
import { count, longClusterFlags, offset, repeatable } from "../flags.ts";
import { Args, Flags } from "../oclif.ts";
import { consume, type StartPoint, tableColumns } from "../services/consume.ts";
import { recordFormatter, recordOutputs } from "../services/record-format.ts";
import { smartModuleFlags, smartModulesOf } from "../services/smartmodule-use.ts";
import { isolationFlag } from "../wire-choices.ts";

const starts = { exclusive: ["beginning", "head", "tail", "start"] };
const otherStarts = (own: string): { exclusive: string[] } => ({
  exclusive: starts.exclusive.filter((name) => name !== own),
});

export default class Consume extends SmdkCommand {
  static override summary = "read records of a topic";
  static override description =
    "Without -B, -H, -T or --start only records that come from now on are shown. Ctrl-C ends it.";
  static override examples = [
    "<%= config.bin %> consume words -B -d",
    "<%= config.bin %> consume words --tail 10 --smartmodule my-filter -e key=word",
    "<%= config.bin %> consume words -B -d -F '{{offset}} {{key}} {{value}}'",
  ];
  static override args = { topic: Args.string({ required: true, description: "name of the topic" }) };
  static override flags = {
    partition: count({
      ...repeatable,
      char: "p",
      description: "partition to read (default: all); repeatable",
      helpValue: "N",
    }),
    "all-partitions": Flags.boolean({
      char: "A",
      exclusive: ["partition"],
      description: "read all partitions (the default)",
    }),
    "disable-continuous": Flags.boolean({ char: "d", description: "stop at the present end of the topic" }),
    "disable-progressbar": Flags.boolean({ description: "no progress line on a terminal" }),
    beginning: Flags.boolean({
      char: "B",
      ...otherStarts("beginning"),
      description: "from the first record",
    }),
    head: offset({
      char: "H",
      ...otherStarts("head"),
      description: "from N records after the first",
      helpValue: "N",
    }),
    tail: offset({
      char: "T",
      ...otherStarts("tail"),
      description: "from N records before the end",
      helpValue: "N",
    }),
    start: offset({ ...otherStarts("start"), description: "from this offset", helpValue: "OFFSET" }),
    end: offset({ description: "stop after this offset", helpValue: "OFFSET" }),
    "num-records": count({ char: "n", description: "stop after this many records", helpValue: "N" }),
    maxbytes: count({ char: "b", description: "largest answer of the cluster in bytes", helpValue: "BYTES" }),
    isolation: isolationFlag(),
    consumer: Flags.string({
      char: "c",
      description: "go on where this consumer stopped, and keep its offset",
      helpValue: "ID",
    }),
    output: Flags.option({ char: "O", options: recordOutputs })({
      description: "how to show records (default dynamic)",
    }),
    format: Flags.string({
      char: "F",
      exclusive: ["output", "truncate"],
      description: "template with {{key}}, {{value}}, {{offset}}, {{partition}}, {{time}}",
      helpValue: "TEMPLATE",
    }),
    "key-value": Flags.boolean({ char: "k", description: "print `[key] value`" }),
    "suppress-unknown": Flags.boolean({
      description: "with -O json: skip what is no JSON; with -O text: show binary as text",
    }),
    "table-format": Flags.string({
      description: "show JSON records as this stored table format",
      helpValue: "NAME",
    }),
    truncate: Flags.boolean({
      exclusive: ["output"],
      description: "cut records to the width of the terminal",
    }),
    ...smartModuleFlags,
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Consume);
    const start = startPoint(flags);
    if (start.from === "absolute" && flags.end !== undefined && flags.end < start.offset) {
      throw usage(
        `End offset: ${flags.end} cannot be less than starting offset: ${start.offset}`,
        "--end must be greater than or equal to --start",
      );
    }
    const format = await recordFormatter({
      output: flags.output ?? (flags["table-format"] === undefined ? "dynamic" : "table"),
      columns:
        flags["table-format"] === undefined ? undefined : await tableColumns(flags, flags["table-format"]),
      template: flags.format,
      keyValue: flags["key-value"],
      suppressUnknown: flags["suppress-unknown"],
      width: flags.truncate ? (process.stdout.columns ?? undefined) : undefined,
    });
    const modules = await smartModulesOf(flags, (line) => this.note(line));
    if (process.stdout.isTTY && !flags.json) {
      this.note(this.errorColor.bold(statusText(args.topic, start, flags.end)));
    }
    const outcome = await consume({
      topic: args.topic,
      partitions: flags.partition,
      start,
      end: flags.end,
      limit: flags["num-records"],
      follow: !flags["disable-continuous"],
      maxBytes: flags.maxbytes,
      isolation: flags.isolation,
      consumerId: flags.consumer,
      modules,
      cluster: flags,
      format: flags.json ? "ndjson" : format,
      progress: !flags["disable-progressbar"],
      note: (line) => this.note(line),
    });
    if (outcome === "end") this.note("End-offset has been reached; exiting");
    else if (outcome === "interrupted") process.exitCode = 130;
    else if (!flags["disable-continuous"] && outcome === "closed") this.note("Consumer stream has closed");
  }
}

function startPoint(flags: {
  beginning: boolean;
  head?: bigint | undefined;
  tail?: bigint | undefined;
  start?: bigint | undefined;
}): StartPoint {
  if (flags.beginning) return { from: "beginning", offset: 0n };
  if (flags.head !== undefined) return { from: "beginning", offset: flags.head };
  if (flags.tail !== undefined) return { from: "end", offset: flags.tail };
  if (flags.start !== undefined) return { from: "absolute", offset: flags.start };
  return { from: "end", offset: 0n };
}

function statusText(topic: string, { from, offset }: StartPoint, end: bigint | undefined): string {
  const starting =
    from === "absolute"
      ? ` starting at offset ${offset}`
      : from === "end"
        ? offset === 0n
          ? ""
          : ` starting ${offset} from the end of log`
        : offset === 0n
          ? " starting from the beginning of log"
          : ` starting ${offset} from the beginning of log`;
  return `Consuming records from '${topic}'${starting}${end === undefined ? "" : ` until offset ${end} (inclusive)`}`;
}

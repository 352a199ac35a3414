import type { CompressionAlgorithm } from "@smdk/protocol";
import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { count, longClusterFlags } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";

const compressions: Readonly<Record<string, CompressionAlgorithm>> = {
  any: "Any",
  none: "None",
  gzip: "Gzip",
  snappy: "Snappy",
  lz4: "Lz4",
  zstd: "Zstd",
};

/** Flags that a configuration file replaces. */
const inFile = [
  "partitions",
  "replication",
  "ignore-rack-assignment",
  "replica-assignment",
  "mirror-apply",
  "mirror",
  "home-to-remote",
  "retention-time",
  "segment-size",
  "max-partition-size",
  "compression-type",
  "dedup",
];

export default class TopicCreate extends SmdkCommand {
  static override summary = "create a topic";
  static override examples = [
    "<%= config.bin %> topic create words",
    "<%= config.bin %> topic create words -p 3 --retention-time 1h --segment-size 10MB",
    "<%= config.bin %> topic create --config topic.yaml",
  ];
  static override args = { name: Args.string({ description: "name: a-z, 0-9 and '-'" }) };
  static override flags = {
    partitions: count({ char: "p", description: "number of partitions (default 1)", helpValue: "N" }),
    replication: count({ char: "r", description: "copies of each partition (default 1)", helpValue: "N" }),
    "ignore-rack-assignment": Flags.boolean({
      char: "i",
      description: "place replicas without regard to racks",
    }),
    "replica-assignment": Flags.string({
      char: "f",
      exclusive: ["partitions", "replication", "ignore-rack-assignment"],
      description: "JSON file that says which SPUs hold which partition",
      helpValue: "FILE",
    }),
    "mirror-apply": Flags.string({
      char: "m",
      exclusive: ["partitions", "replication", "replica-assignment", "mirror"],
      description: "JSON file with the names of the remote clusters that mirror into it",
      helpValue: "FILE",
    }),
    mirror: Flags.boolean({
      exclusive: ["partitions", "replication", "replica-assignment"],
      description: "a mirror topic; `topic add-mirror` adds the remote clusters",
    }),
    "home-to-remote": Flags.boolean({ description: "mirror from here to the remote clusters" }),
    "dry-run": Flags.boolean({ char: "d", description: "check, but create nothing" }),
    "retention-time": Flags.string({
      description: "how long records stay, such as 1h or 7days",
      helpValue: "DURATION",
    }),
    "segment-size": Flags.string({ description: "bytes of a log segment, such as 10MB", helpValue: "SIZE" }),
    "max-partition-size": Flags.string({
      description: "bytes a partition may have, such as 1GB",
      helpValue: "SIZE",
    }),
    "compression-type": Flags.string({
      description: "compression that batches must have (default any)",
      helpValue: Object.keys(compressions).join("|"),
    }),
    dedup: Flags.boolean({ description: "drop repeated records" }),
    "dedup-count": count({
      dependsOn: ["dedup"],
      description: "records to remember (default 5)",
      helpValue: "N",
    }),
    "dedup-age": Flags.string({
      dependsOn: ["dedup"],
      description: "how long to remember them (default 5s)",
      helpValue: "DURATION",
    }),
    system: Flags.boolean({ char: "s", hidden: true }),
    config: Flags.string({
      char: "c",
      exclusive: inFile,
      description: "YAML file with all of this",
      helpValue: "FILE",
    }),
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicCreate);
    const { checkTopicName, homeMirror, readMirrors, topicSpecFromFile, topicSpecFromFlags } = await import(
      "../../services/topic-spec.ts"
    );
    if (flags.config !== undefined && args.name !== undefined) {
      throw usage("NAME cannot be used with --config", "the file has the name, in meta.name");
    }
    const file =
      flags.config === undefined
        ? undefined
        : await (await import("../../services/topic-config.ts")).readTopicConfig(flags.config);
    const name = checkTopicName(file?.meta.name ?? args.name);
    const mirrorFile = flags["mirror-apply"];
    const mirrors = mirrorFile === undefined ? [] : await readMirrors(mirrorFile);
    if (flags["home-to-remote"] && mirrorFile === undefined && !flags.mirror) {
      throw usage("--home-to-remote is for mirror topics", "together with --mirror or --mirror-apply FILE");
    }
    const spec = file
      ? topicSpecFromFile(file)
      : await topicSpecFromFlags({
          mirror:
            mirrorFile !== undefined || flags.mirror
              ? homeMirror(name, mirrors, flags["home-to-remote"] ?? false)
              : undefined,
          partitions: flags.partitions ?? 1,
          replication: flags.replication ?? 1,
          ignoreRackAssignment: flags["ignore-rack-assignment"] ?? false,
          replicaAssignment: flags["replica-assignment"],
          retentionTime: flags["retention-time"],
          segmentSize: flags["segment-size"],
          maxPartitionSize: flags["max-partition-size"],
          compression: compressionOf(flags["compression-type"]),
          dedup: flags.dedup
            ? { count: flags["dedup-count"] ?? 5, age: flags["dedup-age"] ?? "5s" }
            : undefined,
          system: flags.system ?? false,
        });
    const { withCluster } = await import("../../services/connection.ts");
    await withCluster(flags, async (fluvio) => {
      if (mirrors.length > 0) {
        const known = (await fluvio.admin.mirrors.list()).map((mirror) => mirror.name);
        const unknown = mirrors.filter((remote) => !known.includes(remote));
        if (unknown.length > 0) {
          throw usage(
            `Remote clusters not registered: ${JSON.stringify(unknown)}`,
            `smdk remote register ${unknown[0]}`,
          );
        }
      }
      await fluvio.admin.topics.create(name, { spec }, { dryRun: flags["dry-run"] ?? false });
    });
    this.finish(flags, { name, created: !flags["dry-run"] }, `topic "${name}" created`);
  }
}

function compressionOf(text: string | undefined): CompressionAlgorithm {
  if (text === undefined) return "Any";
  const known = compressions[text.toLowerCase()];
  if (known) return known;
  throw usage("Invalid compression type in topic", `one of ${Object.keys(compressions).join(", ")}`);
}

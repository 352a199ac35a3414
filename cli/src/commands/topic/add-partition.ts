import { SmdkCommand } from "../../base-command.ts";
import { count, longClusterFlags } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { table } from "../../output.ts";
import { withCluster } from "../../services/connection.ts";

export default class TopicAddPartition extends SmdkCommand {
  static override summary = "add partitions to a topic";
  static override args = { name: Args.string({ required: true, description: "name of the topic" }) };
  static override flags = {
    count: count({ char: "c", default: 1, description: "how many to add", helpValue: "N" }),
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicAddPartition);
    const added = await withCluster(flags, async (fluvio) => {
      const before = await fluvio.admin.topics.get(args.name);
      await fluvio.admin.topics.addPartitions(args.name, flags.count);
      const partitions = await fluvio.admin.partitions.list();
      return partitions
        .map(({ name, spec }) => ({
          topic: name.slice(0, name.lastIndexOf("-")),
          partition: Number(name.slice(name.lastIndexOf("-") + 1)),
          spu: spec.leader,
        }))
        .filter(({ topic, partition }) => topic === args.name && !before.status.replicaMap.has(partition))
        .sort((a, b) => a.partition - b.partition);
    });
    this.finish(flags, { topic: args.name, added }, () =>
      [
        `added new partitions to topic: "${args.name}"`,
        table(
          ["PARTITION", "SPU"],
          added.map(({ partition, spu }) => [String(partition), String(spu)]),
        ),
      ].join("\n"),
    );
  }
}

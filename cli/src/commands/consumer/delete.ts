import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, count } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class ConsumerDelete extends SmdkCommand {
  static override summary = "forget a consumer's offsets";
  static override args = { consumer: Args.string({ required: true, description: "id of the consumer" }) };
  static override flags = {
    topic: Flags.string({ char: "t", description: "only of this topic", helpValue: "TOPIC" }),
    partition: count({
      char: "p",
      dependsOn: ["topic"],
      description: "only of this partition",
      helpValue: "N",
    }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ConsumerDelete);
    const deleted = await withCluster(flags, async (fluvio) => {
      const chosen = await fluvio.admin.consumers.list({
        consumer: args.consumer,
        ...(flags.topic !== undefined && { topic: flags.topic }),
        ...(flags.partition !== undefined && { partition: flags.partition }),
      });
      for (const { consumerId, replicaId } of chosen) {
        await fluvio.admin.consumers.delete(consumerId, replicaId.topic, replicaId.partition);
      }
      return chosen.map(({ consumerId, replicaId }) => ({ consumerId, ...replicaId }));
    });
    this.finish(flags, { deleted }, () =>
      deleted.length === 0
        ? "no consumers found"
        : deleted
            .map(
              ({ consumerId, topic, partition }) =>
                `consumer "${consumerId}" on topic "${topic}" and partition "${partition}" deleted`,
            )
            .join("\n"),
    );
  }
}

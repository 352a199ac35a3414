import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { withCluster } from "../../services/connection.ts";
import { consumerJson, consumerTable } from "../../views/consumer.ts";

export default class ConsumerList extends SmdkCommand {
  static override summary = "list the consumers whose offsets the cluster keeps";
  static override flags = { ...outputFlag, ...clusterFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ConsumerList);
    const consumers = await withCluster(flags, (fluvio) => fluvio.admin.consumers.list());
    await this.finishList(flags, consumers.map(consumerJson), () => consumerTable(consumers));
  }
}

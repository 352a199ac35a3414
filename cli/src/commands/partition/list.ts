import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { partitionJson, partitionTable } from "../../views/partition.ts";

export default class PartitionList extends SmdkCommand {
  static override summary = "list the partitions of all topics";
  static override flags = {
    system: Flags.boolean({ char: "s", description: "list partitions of system topics instead" }),
    ...outputFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(PartitionList);
    const partitions = await withCluster(flags, (fluvio) =>
      fluvio.admin.partitions.list({ system: flags.system ?? false }),
    );
    await this.finishList(flags, partitions.map(partitionJson), () => partitionTable(partitions));
  }
}

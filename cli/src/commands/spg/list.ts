import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { table } from "../../output.ts";
import { withCluster } from "../../services/connection.ts";

export default class SpgList extends SmdkCommand {
  static override summary = "list the groups of managed SPUs";
  static override flags = { ...outputFlag, ...clusterFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(SpgList);
    const groups = await withCluster(flags, (fluvio) => fluvio.admin.spuGroups.list());
    await this.finishList(flags, groups, () => {
      if (groups.length === 0) return "no groups";
      return table(
        ["NAME", "REPLICAS", "MIN ID", "RACK", "SIZE", "STATUS"],
        groups.map(({ name, spec: { replicas, minId, spuConfig }, status }) => [
          name,
          String(replicas),
          String(minId),
          spuConfig.rack ?? "",
          spuConfig.storage?.size ?? "",
          status.resolution,
        ]),
      );
    });
  }
}

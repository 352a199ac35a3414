import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { smartModuleJson, smartModuleTable } from "../../views/smartmodule.ts";

export default class SmartModuleList extends SmdkCommand {
  static override summary = "list the modules in the cluster's registry";
  static override flags = {
    filter: Flags.string({
      description: "only those that match: a name, or group/name@version",
      helpValue: "NAME",
    }),
    ...outputFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(SmartModuleList);
    const filters = flags.filter === undefined ? [] : [flags.filter];
    const modules = await withCluster(flags, (fluvio) => fluvio.admin.smartModules.list({ filters }));
    await this.finishList(flags, modules.map(smartModuleJson), () => smartModuleTable(modules));
  }
}

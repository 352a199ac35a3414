import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { spuTable } from "../../views/spu.ts";

export default class SpuList extends SmdkCommand {
  static override summary = "list the SPUs of the cluster";
  static override flags = {
    custom: Flags.boolean({ description: "only those registered by hand" }),
    ...outputFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(SpuList);
    const all = await withCluster(flags, (fluvio) => fluvio.admin.spus.list());
    const spus = flags.custom ? all.filter(({ spec }) => spec.spuType === "Custom") : all;
    await this.finishList(flags, spus, () => spuTable(spus));
  }
}

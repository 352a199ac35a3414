import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { clusterFlags, count } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class SpuUnregister extends SmdkCommand {
  static override summary = "forget an SPU that was registered by hand";
  static override flags = {
    id: count({ char: "i", exclusive: ["name"], description: "id of the SPU", helpValue: "ID" }),
    name: Flags.string({ char: "n", description: "name of the SPU", helpValue: "NAME" }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(SpuUnregister);
    const { id, name } = flags;
    const key = id ?? name;
    if (key === undefined) throw usage("which SPU?", "--id ID or --name NAME");
    await withCluster(flags, (fluvio) => fluvio.admin.customSpus.unregister(key));
    this.finish(flags, { deleted: key }, "");
  }
}

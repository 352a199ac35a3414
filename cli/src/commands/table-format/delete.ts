import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class TableFormatDelete extends SmdkCommand {
  static override summary = "delete a stored table format";
  static override args = { name: Args.string({ required: true, description: "name of the table format" }) };
  static override flags = { ...clusterFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(TableFormatDelete);
    await withCluster(flags, (fluvio) => fluvio.admin.tableFormats.delete(args.name));
    this.finish(flags, { deleted: args.name }, "");
  }
}

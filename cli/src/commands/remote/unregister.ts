import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class RemoteUnregister extends SmdkCommand {
  static override summary = "forget a remote cluster";
  static override args = { name: Args.string({ required: true, description: "name of the remote cluster" }) };
  static override flags = { ...clusterFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(RemoteUnregister);
    await withCluster(flags, (fluvio) => fluvio.admin.mirrors.delete(args.name));
    this.finish(flags, { unregistered: args.name }, `remote cluster "${args.name}" was unregistered`);
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class RemoteRegister extends SmdkCommand {
  static override summary = "let a remote cluster mirror into this one";
  static override args = { name: Args.string({ required: true, description: "name of the remote cluster" }) };
  static override flags = { ...clusterFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(RemoteRegister);
    const spec = { mirrorType: { kind: "Remote" as const, id: args.name } };
    await withCluster(flags, (fluvio) => fluvio.admin.mirrors.create(args.name, spec));
    this.finish(flags, { registered: args.name }, `remote cluster "${args.name}" was registered`);
  }
}

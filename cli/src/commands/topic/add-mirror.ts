import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class TopicAddMirror extends SmdkCommand {
  static override summary = "let one more remote cluster mirror into a topic";
  static override args = {
    name: Args.string({ required: true, description: "name of the topic" }),
    remote: Args.string({ required: true, description: "name of the remote cluster" }),
  };
  static override flags = {
    "home-to-remote": Flags.boolean({ description: "records go from here to the remote cluster" }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(TopicAddMirror);
    const homeToMirror = flags["home-to-remote"];
    await withCluster(flags, (fluvio) =>
      fluvio.admin.topics.addMirror(args.name, args.remote, { homeToMirror }),
    );
    this.finish(
      flags,
      { topic: args.name, added: args.remote },
      `added new mirror: "${args.remote}" to topic: "${args.name}"`,
    );
  }
}

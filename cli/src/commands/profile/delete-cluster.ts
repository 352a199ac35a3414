import { SmdkCommand } from "../../base-command.ts";
import { CliError } from "../../errors.ts";
import { Args, Flags } from "../../oclif.ts";

export default class ProfileDeleteCluster extends SmdkCommand {
  static override summary = "delete a cluster's entry from the profile file";
  static override args = { name: Args.string({ required: true, description: "name of the cluster" }) };
  static override flags = {
    force: Flags.boolean({ char: "f", description: "even when profiles use it" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileDeleteCluster);
    const { openProfiles } = await import("../../services/profiles.ts");
    const config = openProfiles();
    const users = config.profilesOfCluster(args.name);
    if (users.length > 0 && !flags.force) {
      throw new CliError("config", `cluster ${args.name} is used by the profiles ${users.join(", ")}`, {
        hint: "--force deletes it all the same",
      });
    }
    if (!config.deleteCluster(args.name)) {
      throw new CliError("config", `cluster ${args.name} not found`, {
        hint: "smdk profile list shows the clusters",
      });
    }
    config.save();
    this.finish(flags, { name: args.name }, `Cluster ${args.name} deleted`);
  }
}

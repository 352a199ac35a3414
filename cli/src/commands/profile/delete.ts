import { SmdkCommand } from "../../base-command.ts";
import { Args } from "../../oclif.ts";

export default class ProfileDelete extends SmdkCommand {
  static override summary = "delete a profile; the cluster itself and its entry stay";
  static override args = { name: Args.string({ required: true, description: "name of the profile" }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileDelete);
    const { openProfiles, unknownProfile } = await import("../../services/profiles.ts");
    const config = openProfiles();
    const wasCurrent = config.currentProfile === args.name;
    if (!config.deleteProfile(args.name)) throw unknownProfile(config, args.name);
    config.save();
    const advice = wasCurrent ? "\nno profile is current now; smdk profile switch NAME sets one" : "";
    this.finish(flags, { name: args.name }, `profile ${args.name} deleted${advice}`);
  }
}

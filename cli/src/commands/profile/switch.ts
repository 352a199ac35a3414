import { SmdkCommand } from "../../base-command.ts";
import { Args } from "../../oclif.ts";

export default class ProfileSwitch extends SmdkCommand {
  static override summary = "make a profile current";
  static override args = { name: Args.string({ required: true, description: "name of the profile" }) };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileSwitch);
    const { openProfiles, unknownProfile } = await import("../../services/profiles.ts");
    const config = openProfiles();
    if (!config.switchProfile(args.name)) throw unknownProfile(config, args.name);
    config.save();
    this.finish(flags, { name: args.name }, "");
  }
}

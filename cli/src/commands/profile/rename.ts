import { SmdkCommand } from "../../base-command.ts";
import { CliError } from "../../errors.ts";
import { Args } from "../../oclif.ts";

export default class ProfileRename extends SmdkCommand {
  static override summary = "rename a profile";
  static override args = {
    from: Args.string({ required: true, description: "present name" }),
    to: Args.string({ required: true, description: "new name" }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileRename);
    const { openProfiles, unknownProfile } = await import("../../services/profiles.ts");
    const config = openProfiles();
    if (config.profiles().some((profile) => profile.name === args.to)) {
      throw new CliError("config", `profile ${args.to} exists already`, { hint: "choose another name" });
    }
    if (!config.renameProfile(args.from, args.to)) throw unknownProfile(config, args.from);
    config.save();
    this.finish(flags, { from: args.from, to: args.to }, "");
  }
}

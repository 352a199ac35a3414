import { SmdkCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { Args } from "../../oclif.ts";

export default class ProfileExport extends SmdkCommand {
  static override summary = "print a profile with its cluster, for use on another machine";
  static override args = {
    name: Args.string({ description: "name of the profile (default: the current one)" }),
  };
  static override flags = { ...outputFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileExport);
    const { currentProfile, openProfiles } = await import("../../services/profiles.ts");
    const config = openProfiles();
    const toml = config.exportProfile(args.name ?? currentProfile(config)).trimEnd();
    const { parse } = await import("smol-toml");
    await this.finishList(flags, parse(toml), () => toml);
  }
}

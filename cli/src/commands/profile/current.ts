import { SmdkCommand } from "../../base-command.ts";

export default class ProfileCurrent extends SmdkCommand {
  static override summary = "show the current profile";

  override async run(): Promise<void> {
    const { flags } = await this.parse(ProfileCurrent);
    const { currentProfile, openProfiles } = await import("../../services/profiles.ts");
    const name = currentProfile(openProfiles());
    this.finish(flags, { name }, name);
  }
}

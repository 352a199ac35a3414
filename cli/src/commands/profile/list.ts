import { SmdkCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { profileJson, profileTable } from "../../views/profile.ts";

export default class ProfileList extends SmdkCommand {
  static override summary = "list the profiles";
  static override flags = { ...outputFlag };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ProfileList);
    const { openProfiles } = await import("../../services/profiles.ts");
    const profiles = openProfiles().profiles();
    await this.finishList(flags, profiles.map(profileJson), () => profileTable(profiles));
  }
}

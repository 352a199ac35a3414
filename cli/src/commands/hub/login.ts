import { SmdkCommand } from "../../base-command.ts";
import { Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubLogin extends SmdkCommand {
  static override summary = "keep a token for a hub, and make that hub the default";
  static override description =
    "The token comes from the standard input, from SMDK_HUB_TOKEN or from a prompt; it is never printed, and kept in a file only you can read.";
  static override flags = {
    "accept-key": Flags.boolean({ description: "accept that the hub has another key than before" }),
    logout: Flags.boolean({ description: "forget the token instead" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(HubLogin);
    const { login, logout } = await import("../../services/hub/login.ts");
    if (flags.logout) {
      const result = logout(flags.hub);
      this.finish(flags, result, `The token for ${result.hub} is forgotten`);
      return;
    }
    const result = await login(flags.hub, {
      acceptKey: flags["accept-key"],
      warn: (line) => this.note(this.errorColor.yellow(line)),
    });
    this.finish(flags, result, `Logged in to ${result.hub} as ${result.user}`);
  }
}

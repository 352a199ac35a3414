import { SmdkCommand } from "../../base-command.ts";
import { Args } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";
import { packageText } from "../../views/hub.ts";

export default class HubShow extends SmdkCommand {
  static override summary = "show a package of a hub: versions, parameters, signers";
  static override args = {
    name: Args.string({ required: true, description: "group/name, or group/name@version" }),
  };
  static override flags = { ...hubFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubShow);
    const { showPackage } = await import("../../services/hub/browse.ts");
    const shown = await showPackage(flags.hub, args.name);
    this.finish(flags, shown, () => packageText(shown));
  }
}

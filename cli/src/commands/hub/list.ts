import { SmdkCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";
import { hubTable } from "../../views/hub.ts";

export default class HubList extends SmdkCommand {
  static override summary = "list the packages of a hub";
  static override flags = {
    group: Flags.string({ description: "only those of a group", helpValue: "GROUP" }),
    ...outputFlag,
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(HubList);
    const { listPackages } = await import("../../services/hub/browse.ts");
    const packages = await listPackages(flags.hub, flags.group);
    await this.finishList(flags, packages, () => hubTable(packages));
  }
}

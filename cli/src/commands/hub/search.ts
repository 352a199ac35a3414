import { SmdkCommand } from "../../base-command.ts";
import { outputFlag } from "../../flags.ts";
import { Args } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";
import { hubTable } from "../../views/hub.ts";

export default class HubSearch extends SmdkCommand {
  static override summary = "search a hub by words of names and descriptions";
  static override strict = false;
  static override args = {
    words: Args.string({ required: true, description: "words, or their beginnings" }),
  };
  static override flags = { ...outputFlag, ...hubFlag };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(HubSearch);
    const { searchPackages } = await import("../../services/hub/browse.ts");
    const packages = await searchPackages(flags.hub, (argv as string[]).join(" "));
    await this.finishList(flags, packages, () => hubTable(packages));
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { Args } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubGroup extends SmdkCommand {
  static override summary = "list your groups, or show one";
  static override description =
    "A group is made by smdk hub id NAME; what is published in it is private unless a module's manifest says public.";
  static override args = { group: Args.string({ description: "the group" }) };
  static override flags = { ...hubFlag };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubGroup);
    const { listGroups, showGroup } = await import("../../services/hub/manage.ts");
    const { groupTable, groupText } = await import("../../views/hub.ts");
    if (args.group === undefined) {
      const groups = await listGroups(flags.hub);
      this.finish(flags, groups, () => groupTable(groups));
    } else {
      const group = await showGroup(flags.hub, args.group);
      this.finish(flags, group, () => groupText(group));
    }
  }
}

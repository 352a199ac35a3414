import { SmdkCommand } from "../../base-command.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubMember extends SmdkCommand {
  static override summary = "show a group's members and keys, or change a member's role";
  static override args = {
    group: Args.string({ required: true, description: "the group" }),
    user: Args.string({ description: "the user" }),
  };
  static override flags = {
    role: Flags.string({
      options: ["reader", "member", "owner"],
      default: "member",
      description: "role to give",
    }),
    remove: Flags.boolean({ description: "take the user out of the group" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubMember);
    const { setMember, showGroup } = await import("../../services/hub/manage.ts");
    if (args.user !== undefined)
      await setMember(flags.hub, args.group, args.user, flags.remove ? undefined : flags.role);
    const group = await showGroup(flags.hub, args.group);
    const { groupText } = await import("../../views/hub.ts");
    this.finish(flags, group, () => groupText(group));
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubYank extends SmdkCommand {
  static override summary = "mark a version as not to be used any more; who pins it still gets it";
  static override args = { name: Args.string({ required: true, description: "group/name@version" }) };
  static override flags = {
    reason: Flags.string({ default: "", description: "why, for those who meet it", helpValue: "TEXT" }),
    undo: Flags.boolean({ description: "take the mark back" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubYank);
    const { yank } = await import("../../services/hub/manage.ts");
    const result = await yank(flags.hub, args.name, flags.undo ? undefined : flags.reason);
    this.finish(flags, result, `${args.name} is ${result.yanked === null ? "usable again" : "yanked"}`);
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubTag extends SmdkCommand {
  static override summary = "point a tag such as stable to a version";
  static override args = {
    name: Args.string({ required: true, description: "group/name@version" }),
    tag: Args.string({ required: true, description: "the tag" }),
  };
  static override flags = {
    delete: Flags.boolean({ char: "d", description: "remove the tag instead" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubTag);
    const { tag } = await import("../../services/hub/manage.ts");
    const result = await tag(flags.hub, args.name, args.tag, flags.delete);
    this.finish(
      flags,
      result,
      flags.delete ? `tag ${args.tag} is removed` : `${args.tag} is ${args.name} now`,
    );
  }
}

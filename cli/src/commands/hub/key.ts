import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubKey extends SmdkCommand {
  static override summary = "show the keys that may sign for a group, add one, or take one away";
  static override description =
    "A key is added by the signature of yours, so that whoever trusts yours finds it. smdk hub id --rotate replaces your own.";
  static override args = { group: Args.string({ required: true, description: "the group" }) };
  static override flags = {
    add: Flags.string({
      description: "public key (64 hex digits, or a PEM file) that may sign, too",
      helpValue: "KEY",
      exclusive: ["remove"],
    }),
    remove: Flags.string({ description: "public key that may sign nothing more", helpValue: "KEY" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubKey);
    const { addKey, removeKey, showGroup } = await import("../../services/hub/manage.ts");
    if (flags.remove !== undefined && !/^[0-9a-f]{64}$/.test(flags.remove))
      throw usage("--remove needs a public key of 64 hex digits", `smdk hub key ${args.group} shows them`);
    if (flags.add !== undefined) await addKey(flags.hub, args.group, flags.add);
    if (flags.remove !== undefined) await removeKey(flags.hub, args.group, flags.remove);
    const { group, keys, retiredKeys } = await showGroup(flags.hub, args.group);
    const { groupText } = await import("../../views/hub.ts");
    this.finish(flags, { group, keys, retiredKeys }, () => groupText({ group, keys, retiredKeys }));
  }
}

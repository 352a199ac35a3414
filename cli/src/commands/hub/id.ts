import { SmdkCommand } from "../../base-command.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubId extends SmdkCommand {
  static override summary = "show or set the group you publish under, and the key it signs with";
  static override description =
    "Without a name it shows what is set. --rotate makes a new key, which the old one signs; packages are signed with it from then on.";
  static override args = { hubid: Args.string({ description: "name of the group" }) };
  static override flags = {
    rotate: Flags.boolean({ description: "replace the group's key by a new one" }),
    "import-key": Flags.string({ description: "use this key file (PEM or OpenSSH)", helpValue: "FILE" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubId);
    const { hubId } = await import("../../services/hub/login.ts");
    const result = await hubId(flags.hub, {
      name: args.hubid,
      rotate: flags.rotate,
      keyFile: flags["import-key"],
    });
    this.finish(flags, result, () =>
      [
        ...(result.outcome === null ? [] : [`hub: hubid ${result.hubId} ${result.outcome}`]),
        `hub id      ${result.hubId === "" ? "not set" : result.hubId}`,
        `public key  ${result.publicKey}`,
        `profile     ${result.profile}`,
      ].join("\n"),
    );
  }
}

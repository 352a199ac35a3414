import { SmdkCommand } from "../../base-command.ts";
import { Args, Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubDownload extends SmdkCommand {
  static override summary = "download a package and check it against the trust policy and smdk.lock";
  static override args = {
    name: Args.string({ required: true, description: "group/name@version, or oci://…" }),
  };
  static override flags = {
    output: Flags.string({ char: "o", description: "file or directory (default: here)", helpValue: "PATH" }),
    policy: Flags.string({
      description: "trust policy (default: the nearest smdk-trust.yaml)",
      helpValue: "FILE",
    }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(HubDownload);
    const { download } = await import("../../services/hub/browse.ts");
    const result = await download({
      name: args.name,
      hub: flags.hub,
      output: flags.output,
      policy: flags.policy,
      quiet: flags.json,
      tell: flags.json ? () => undefined : (line) => this.say(line),
    });
    this.finish(flags, result, "... downloading complete");
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { Args } from "../../oclif.ts";
import { parseAddress } from "../../values.ts";

export default class ProfileAdd extends SmdkCommand {
  static override summary = "add a profile for a cluster's address and make it current";
  static override examples = ["<%= config.bin %> profile add staging fluvio.example.com:9003"];
  static override args = {
    name: Args.string({ required: true, description: "name of the profile" }),
    address: Args.string({ required: true, description: "address of the SC, host:port" }),
    installation: Args.string({
      description: "kind of installation",
      options: ["local", "local-k8", "k8", "read-only", "docker", "cloud"],
      default: "k8",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileAdd);
    parseAddress(args.address);
    const { openProfiles } = await import("../../services/profiles.ts");
    const config = openProfiles();
    config.addProfile(args.name, {
      endpoint: args.address,
      metadata: { installation: args.installation.replace("-", "_") },
    });
    config.save();
    const first = config.exists ? [] : ["Creating default fluvio config file"];
    this.finish(flags, { name: args.name, address: args.address }, () =>
      [...first, `Switched to profile ${args.name}`].join("\n"),
    );
  }
}

import { SmdkCommand } from "../../../base-command.ts";
import { tlsOnlyFlags } from "../../../flags.ts";
import { Args } from "../../../oclif.ts";
import { parseAddress } from "../../../values.ts";

export default class ProfileSyncLocal extends SmdkCommand {
  static override summary = "point the profile `local` at a local cluster and make it current";
  static override args = {
    address: Args.string({ default: "localhost:9003", description: "address of the SC, host:port" }),
  };
  static override flags = { ...tlsOnlyFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(ProfileSyncLocal);
    parseAddress(args.address);
    const { openProfiles } = await import("../../../services/profiles.ts");
    const { tlsPolicy } = await import("../../../services/connection.ts");
    const tls = tlsPolicy(flags);
    const config = openProfiles();
    config.addProfile("local", {
      endpoint: args.address,
      ...(tls && { tls }),
      metadata: { installation: "local" },
    });
    config.save();
    this.finish(flags, { name: "local", address: args.address }, `local context is set to: ${args.address}`);
  }
}

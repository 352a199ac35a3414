import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { clusterFlags, count } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { parseAddress } from "../../values.ts";

export default class SpuRegister extends SmdkCommand {
  static override summary = "register an SPU that somebody else runs";
  static override flags = {
    id: count({ char: "i", required: true, description: "id of the SPU", helpValue: "ID" }),
    "public-server": Flags.string({
      char: "p",
      required: true,
      description: "address for clients",
      helpValue: "HOST:PORT",
    }),
    "private-server": Flags.string({
      char: "v",
      required: true,
      description: "address for other SPUs",
      helpValue: "HOST:PORT",
    }),
    "public-server-local": Flags.string({
      char: "l",
      description: "address for clients in the cluster's own network",
      helpValue: "HOST:PORT",
    }),
    name: Flags.string({ char: "n", description: "name (default custom-spu-ID)", helpValue: "NAME" }),
    rack: Flags.string({ char: "r", description: "rack of the SPU", helpValue: "NAME" }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(SpuRegister);
    if (flags.id > 0x7fff_ffff) throw usage(`--id must be below 2147483648, not ${flags.id}`);
    const name = flags.name ?? `custom-spu-${flags.id}`;
    const local = flags["public-server-local"];
    for (const address of [flags["public-server"], flags["private-server"], local]) {
      if (address !== undefined) parseAddress(address);
    }
    await withCluster(flags, (fluvio) =>
      fluvio.admin.customSpus.register({
        id: flags.id,
        name,
        publicAddress: flags["public-server"],
        privateAddress: flags["private-server"],
        ...(local !== undefined && { publicLocalAddress: local }),
        ...(flags.rack !== undefined && { rack: flags.rack }),
      }),
    );
    this.finish(flags, { id: flags.id, name }, "");
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { withCluster } from "../../services/connection.ts";
import { remoteRows, remoteTable } from "../../views/remote.ts";

export default class RemoteList extends SmdkCommand {
  static override summary = "list the remote clusters that may mirror into this one";
  static override flags = { ...outputFlag, ...clusterFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(RemoteList);
    const mirrors = await withCluster(flags, (fluvio) => fluvio.admin.mirrors.list());
    const rows = remoteRows(mirrors, Date.now());
    await this.finishList(flags, rows, () => remoteTable(rows));
  }
}

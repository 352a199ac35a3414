import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags, outputFlag } from "../../flags.ts";
import { table } from "../../output.ts";
import { withCluster } from "../../services/connection.ts";

export default class TableFormatList extends SmdkCommand {
  static override summary = "list the stored table formats";
  static override flags = { ...outputFlag, ...clusterFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(TableFormatList);
    const formats = await withCluster(flags, (fluvio) => fluvio.admin.tableFormats.list());
    await this.finishList(flags, formats, () =>
      formats.length === 0
        ? "no tableformats"
        : table(
            ["NAME", "STATUS"],
            formats.map(({ name, status }) => [name, status.resolution]),
          ),
    );
  }
}

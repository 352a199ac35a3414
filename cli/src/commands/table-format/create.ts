import { SmdkCommand } from "../../base-command.ts";
import { longClusterFlags } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";

export default class TableFormatCreate extends SmdkCommand {
  static override summary = "store a table format, for `consume --table-format`";
  static override flags = {
    config: Flags.string({ char: "c", required: true, description: "YAML file", helpValue: "FILE" }),
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(TableFormatCreate);
    const { readTableFormat } = await import("../../services/table-format-file.ts");
    const spec = await readTableFormat(flags.config);
    await withCluster(flags, (fluvio) => fluvio.admin.tableFormats.create(spec));
    this.finish(flags, { name: spec.name }, `tableformat "${spec.name}" created`);
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { count } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { hubFlag } from "../../services/hub/flags.ts";

export default class HubAudit extends SmdkCommand {
  static override summary = "show who did what on a hub, refusals too; newest first";
  static override description =
    "Owners see their group's lines (--group), tokens with the scope site see all of them.";
  static override flags = {
    group: Flags.string({ description: "only what is about this group", helpValue: "GROUP" }),
    limit: count({ char: "n", default: 50, description: "how many lines, up to 1000", helpValue: "N" }),
    ...hubFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(HubAudit);
    const { auditLines } = await import("../../services/hub/manage.ts");
    const lines = await auditLines(flags.hub, flags.group, flags.limit);
    const { auditTable } = await import("../../views/hub.ts");
    this.finish(flags, lines, () => auditTable(lines));
  }
}

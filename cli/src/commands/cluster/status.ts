import { SmdkCommand } from "../../base-command.ts";
import { clusterFlags } from "../../flags.ts";
import { humanBytes } from "../../output.ts";

export default class ClusterStatus extends SmdkCommand {
  static override summary = "show whether the cluster works: SC, SPUs, topics";
  static override flags = { ...clusterFlags };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ClusterStatus);
    const { clusterStatus } = await import("../../services/cluster-status.ts");
    const status = await clusterStatus(flags);
    this.finish(flags, status, () => {
      const { sc, spusOnline, spus, topics, partitions, bytes, process: running } = status;
      const mark = (good: boolean): string => (good ? this.color.green("✓") : this.color.red("✗"));
      return [
        `${mark(true)} SC ${sc} is ok${running ? ` (local, process ${running.pid}, data in ${running.dataDir})` : ""}`,
        `${mark(spusOnline === spus && spus > 0)} ${spusOnline}/${spus} SPUs are online`,
        topics === 0
          ? "- No topics present"
          : `${mark(true)} ${topics} topics with ${partitions} partitions using ${humanBytes(bytes)}`,
      ].join("\n");
    });
  }
}

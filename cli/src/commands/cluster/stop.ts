import { SmdkCommand } from "../../base-command.ts";

export default class ClusterStop extends SmdkCommand {
  static override summary = "stop the local cluster; its data stays";
  static override hiddenAliases = ["cluster:shutdown"];

  override async run(): Promise<void> {
    const { flags } = await this.parse(ClusterStop);
    const { stopLocalCluster } = await import("../../services/local-cluster.ts");
    const stopped = await stopLocalCluster();
    this.finish(flags, { stopped: stopped !== undefined, pid: stopped?.pid ?? null }, () =>
      stopped === undefined
        ? "no local cluster is running"
        : `Local cluster stopped (data stays in ${stopped.dataDir})`,
    );
  }
}

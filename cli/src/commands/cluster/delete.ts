import { SmdkCommand } from "../../base-command.ts";
import { CliError, usage } from "../../errors.ts";
import { Flags } from "../../oclif.ts";

export default class ClusterDelete extends SmdkCommand {
  static override summary = "stop the local cluster and delete its data";
  static override flags = {
    force: Flags.boolean({ char: "f", aliases: ["yes"], charAliases: ["y"], description: "do not ask" }),
    local: Flags.boolean({ hidden: true }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ClusterDelete);
    const { clusterPaths, readSettings } = await import("../../services/cluster-state.ts");
    const { deleteLocalCluster, stopLocalCluster } = await import("../../services/local-cluster.ts");
    const { forgetCluster } = await import("../../services/cluster-profile.ts");
    const settings = await readSettings(clusterPaths());
    const dataDir = settings?.dataDir ?? clusterPaths().data;
    if (!flags.force) await this.#confirm(dataDir);
    await stopLocalCluster();
    if (settings !== undefined) await forgetCluster();
    await deleteLocalCluster(dataDir);
    this.finish(flags, { deleted: settings !== undefined, dataDir }, () =>
      settings === undefined
        ? "there is no local cluster"
        : `Local cluster deleted, with its data in ${dataDir}`,
    );
  }

  async #confirm(dataDir: string): Promise<void> {
    if (process.stdin.isTTY !== true || process.stdout.isTTY !== true) {
      throw usage("deleting a cluster needs confirmation", "--force confirms without a terminal");
    }
    const { confirm } = await import("@clack/prompts");
    const sure = await confirm({
      message: `Delete the local cluster and all data in ${dataDir}?`,
      initialValue: false,
    });
    if (sure !== true) throw new CliError("failed", "Confirmation failed. Aborting.");
  }
}

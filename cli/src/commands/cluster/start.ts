import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { count } from "../../flags.ts";
import { Flags } from "../../oclif.ts";
import { humanMillis } from "../../output.ts";
import type { ClusterState } from "../../services/cluster-state.ts";
import { interruptible } from "../../services/interrupt.ts";
import type { StartOptions } from "../../services/local-cluster.ts";

export default class ClusterStart extends SmdkCommand {
  static override summary = "start a local cluster: one SC and its SPUs, on 127.0.0.1";
  static override description =
    "The cluster runs in the background until `cluster stop`. Its data stays where it is, and the next start finds it again.";
  static override examples = [
    "<%= config.bin %> cluster start",
    "<%= config.bin %> cluster start --spu 3 --port 0",
    "<%= config.bin %> cluster start --foreground",
  ];
  static override hiddenAliases = ["cluster:resume"];
  static override flags = {
    spu: count({
      aliases: ["spus"],
      description: "number of SPUs (default: as before, or 1)",
      helpValue: "N",
    }),
    "data-dir": Flags.string({
      aliases: ["dir"],
      description: "where the data is kept (default: as before)",
      helpValue: "DIR",
    }),
    host: Flags.string({ default: "127.0.0.1", description: "address to listen on", helpValue: "ADDRESS" }),
    port: count({
      default: 9003,
      description: "port of the SC; 0 takes free ports for all",
      helpValue: "PORT",
    }),
    "spu-port": count({
      description: "port of the first SPU, further ones ten up each (default 9010)",
      helpValue: "PORT",
    }),
    foreground: Flags.boolean({ description: "stay in the foreground until Ctrl-C" }),
    "skip-profile-creation": Flags.boolean({ description: "leave Fluvio's profile file alone" }),
    local: Flags.boolean({ hidden: true }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(ClusterStart);
    const spus = flags.spu ?? 1;
    if (spus < 1 || spus > 64) throw usage(`--spu must be 1 to 64, not ${spus}`);
    const highest = (flags["spu-port"] ?? 9010) + 10 * (spus - 1);
    if (flags.port > 65_535 || highest > 65_535)
      throw usage("ports go up to 65535", "--port 0 takes free ports");
    const { rememberCluster } = await import("../../services/cluster-profile.ts");
    const { runInForeground, startLocalCluster, stopLocalCluster } = await import(
      "../../services/local-cluster.ts"
    );
    const options: StartOptions = {
      dataDir: flags["data-dir"],
      host: flags.host,
      port: flags.port,
      spuPort: flags["spu-port"],
      spus: flags.spu,
      version: this.config.version,
    };
    const started = performance.now();
    const ready = async (state: ClusterState): Promise<void> => {
      await rememberCluster(state, !flags["skip-profile-creation"]);
      const tookMs = Math.round(performance.now() - started);
      this.finish(flags, { ...state, tookMs }, () =>
        this.#text(state, tookMs, flags["skip-profile-creation"]),
      );
    };
    if (flags.foreground) {
      await runInForeground(options, ready);
      if (!flags.json) this.note("cluster stopped");
    } else {
      const state = await interruptible((signal) => startLocalCluster(options, signal));
      try {
        await ready(state);
      } catch (error) {
        await stopLocalCluster();
        throw error;
      }
    }
  }

  #text(state: ClusterState, tookMs: number, noProfile: boolean): string {
    return [
      `${this.color.green("Local cluster started")} in ${humanMillis(tookMs)} (process ${state.pid})`,
      `  SC    ${state.sc}`,
      ...state.spus.map(({ id, address }) => `  SPU   ${address} (id ${id})`),
      `  data  ${state.dataDir}`,
      ...(noProfile ? [] : ["  profile `local` is current now"]),
    ].join("\n");
  }
}

import { SmdkCommand } from "../base-command.ts";
import { clusterFlags } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { findProject } from "../services/project.ts";

export default class Load extends SmdkCommand {
  static override summary = "put the project's module into the cluster's registry";
  static override description = "Builds the module first when its sources are newer.";
  static override flags = {
    "package-path": Flags.string({
      aliases: ["path"],
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
    "wasm-file": Flags.string({ description: "module to load (default: the project's)", helpValue: "FILE" }),
    "dry-run": Flags.boolean({ description: "check everything, but create nothing" }),
    name: Flags.string({ hidden: true }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Load);
    const { loadPackage } = await import("../services/load.ts");
    const tell = flags.json ? () => undefined : (line: string) => this.say(line);
    const result = await loadPackage({
      projectDir: findProject(flags["package-path"]),
      wasmFile: flags["wasm-file"],
      dryRun: flags["dry-run"],
      cluster: flags,
      tell,
    });
    this.finish(flags, result, "");
  }
}

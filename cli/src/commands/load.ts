import { SmdkCommand } from "../base-command.ts";
import { cargoFlags, clusterFlags } from "../flags.ts";
import { Args, Flags } from "../oclif.ts";
import { hubFlag } from "../services/hub/flags.ts";
import { checkCargoFlags, findProject } from "../services/project.ts";

export default class Load extends SmdkCommand {
  static override summary = "put a module into the cluster's registry: the project's, or packages of a hub";
  static override description =
    "Without a name the project's module is loaded; it is built first when its sources are newer. Packages are checked against the trust policy, and smdk.lock keeps which ones were loaded.";
  static override examples = [
    "<%= config.bin %> load",
    "<%= config.bin %> load acme/word-filter@0.1.0",
    "<%= config.bin %> load --transforms transforms.yaml",
  ];
  static override args = {
    package: Args.string({ description: "group/name@version on a hub, or oci://registry/path:tag" }),
  };
  static override flags = {
    "package-path": Flags.string({
      aliases: ["path"],
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
    "wasm-file": Flags.string({ description: "module to load (default: the project's)", helpValue: "FILE" }),
    "dry-run": Flags.boolean({ description: "check everything, but create nothing" }),
    name: Flags.string({ hidden: true }),
    transforms: Flags.string({
      char: "t",
      description: "load all packages that this file uses",
      helpValue: "FILE",
      exclusive: ["package-path", "wasm-file"],
    }),
    policy: Flags.string({
      description: "trust policy (default: the nearest smdk-trust.yaml)",
      helpValue: "FILE",
    }),
    "lock-file": Flags.string({
      description: "lock file (default: the nearest smdk.lock, or one beside the transforms file)",
      helpValue: "FILE",
    }),
    ...cargoFlags,
    ...hubFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Load);
    const tell = flags.json ? () => undefined : (line: string) => this.say(line);
    if (args.package !== undefined || flags.transforms !== undefined) {
      const { install } = await import("../services/hub/install.ts");
      const installed = await install({
        names: args.package === undefined ? [] : [args.package],
        transforms: flags.transforms,
        hub: flags.hub,
        policy: flags.policy,
        lockFile: flags["lock-file"],
        dryRun: flags["dry-run"],
        cluster: flags,
        quiet: flags.json,
        tell,
      });
      this.finish(flags, { modules: installed }, "");
      return;
    }
    const projectDir = findProject(flags["package-path"]);
    await checkCargoFlags(flags, projectDir);
    const { loadPackage } = await import("../services/load.ts");
    const result = await loadPackage({
      projectDir,
      wasmFile: flags["wasm-file"],
      dryRun: flags["dry-run"],
      cluster: flags,
      tell,
    });
    this.finish(flags, result, "");
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { usage } from "../../errors.ts";
import { clusterFlags } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { readWasm } from "../../services/smartmodule-use.ts";
import { keepMapBeside } from "../../services/source-maps.ts";
import { nameProblem } from "../../values.ts";

export default class SmartModuleCreate extends SmdkCommand {
  static override summary = "put a module into the cluster's registry, or replace it there";
  static override args = { name: Args.string({ required: true, description: "name: a-z, 0-9 and '-'" }) };
  static override flags = {
    "wasm-file": Flags.string({ required: true, description: "the module", helpValue: "FILE" }),
    package: Flags.string({ hidden: true }),
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(SmartModuleCreate);
    const problem = nameProblem(args.name);
    if (problem)
      throw usage(`Invalid name for SmartModule ${args.name}, ${problem}`, "for example my-filter");
    const wasm = await readWasm(flags["wasm-file"]);
    await keepMapBeside(flags["wasm-file"], wasm);
    await withCluster(flags, (fluvio) => fluvio.admin.smartModules.create(args.name, { wasm }));
    this.finish(flags, { name: args.name }, `smartmodule "${args.name}" has been created.`);
  }
}

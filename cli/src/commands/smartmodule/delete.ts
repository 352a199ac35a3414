import { SmdkCommand } from "../../base-command.ts";
import { longClusterFlags } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { deleteEach } from "../../services/delete-each.ts";
import { deleteModule } from "../../services/registry.ts";

export default class SmartModuleDelete extends SmdkCommand {
  static override summary = "delete modules from the cluster's registry";
  static override strict = false;
  static override args = {
    name: Args.string({
      required: true,
      description: "a module's name or group/name@version; more may follow",
    }),
  };
  static override flags = {
    "continue-on-error": Flags.boolean({
      char: "c",
      description: "go on with the other names when one fails",
    }),
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(SmartModuleDelete);
    const outcome = await withCluster(flags, (fluvio) =>
      deleteEach(argv as string[], {
        keepGoing: flags["continue-on-error"],
        remove: (name) => deleteModule(fluvio, name),
        done: (name) => !flags.json && this.say(`smartmodule "${name}" deleted`),
        failed: (name, reason) => this.note(`smart module "${name}" delete failed with: ${reason}`),
        summary: "Failed deleting smart module(s). Check previous errors.",
      }),
    );
    this.finish(flags, outcome, "");
  }
}

import { SmdkCommand } from "../../base-command.ts";
import { longClusterFlags } from "../../flags.ts";
import { Args, Flags } from "../../oclif.ts";
import { withCluster } from "../../services/connection.ts";
import { deleteEach } from "../../services/delete-each.ts";

export default class TopicDelete extends SmdkCommand {
  static override summary = "delete topics, with all their records";
  static override strict = false;
  static override args = {
    name: Args.string({ required: true, description: "name of a topic; more may follow" }),
  };
  static override flags = {
    "continue-on-error": Flags.boolean({
      char: "c",
      description: "go on with the other names when one fails",
    }),
    system: Flags.boolean({ char: "s", description: "the topics are system topics" }),
    force: Flags.boolean({ char: "f", description: "needed to delete system topics" }),
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { argv, flags } = await this.parse(TopicDelete);
    const outcome = await withCluster(flags, (fluvio) =>
      deleteEach(argv as string[], {
        keepGoing: flags["continue-on-error"],
        remove: (name) => fluvio.admin.topics.delete(name, { force: flags.force || flags.system || false }),
        done: (name) => !flags.json && this.say(`topic "${name}" deleted`),
        failed: (name, reason) => this.note(`topic "${name}" delete failed with: ${reason}`),
        summary: "Failed deleting topic(s). Check previous errors.",
      }),
    );
    this.finish(flags, outcome, "");
  }
}

import { SmdkCommand } from "../base-command.ts";
import { projectFlag } from "../flags.ts";
import { findProject } from "../services/project.ts";

export default class Clean extends SmdkCommand {
  static override summary = "remove what build has made";
  static override flags = {
    ...projectFlag,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Clean);
    const { clean } = await import("@smdk/compiler");
    const removed = await clean(findProject(flags.path));
    this.finish(flags, { removed }, removed === null ? "nothing to remove" : `removed ${removed}`);
  }
}

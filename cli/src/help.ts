/** Help as oclif writes it, except that a mistyped command gets the same answer here as anywhere else. */
import { Help } from "@oclif/core/help";
import { unknownCommand } from "./unknown-command.ts";

export default class SmdkHelp extends Help {
  override async showHelp(argv: string[]): Promise<void> {
    try {
      await super.showHelp(argv);
    } catch (error) {
      const id = /^Command (.+) not found\.$/.exec((error as Error).message)?.[1];
      throw id === undefined ? error : unknownCommand(this.config, id);
    }
  }
}

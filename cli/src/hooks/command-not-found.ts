/** Names the closest command when someone mistypes one. Never asks, so scripts cannot hang here. */
import type { Hook } from "@oclif/core";
import { unknownCommand } from "../unknown-command.ts";

const hook: Hook<"command_not_found"> = async ({ config, id }) => {
  throw unknownCommand(config, id);
};

export default hook;

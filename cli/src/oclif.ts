/** The parts of oclif that commands are made of, imported singly: its index loads twice as much. */
export * as Args from "@oclif/core/args";
export { Command } from "@oclif/core/command";
export * as Flags from "@oclif/core/flags";

import { SmdkCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { Flags } from "../oclif.ts";
import { findProject } from "../services/project.ts";

export default class Lint extends SmdkCommand {
  static override summary = "check the manifest and the module against what a cluster accepts";
  static override description =
    "Builds the module first when its sources are newer. Warnings do not fail the command.";
  static override flags = {
    path: Flags.string({
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Lint);
    const { lintProject } = await import("../services/lint.ts");
    const { findings, checks } = await lintProject(findProject(flags.path));
    const errors = findings.filter(({ severity }) => severity === "error").length;
    this.finish(flags, { ok: errors === 0, checks, findings }, () =>
      [
        ...findings.map(({ severity, rule, message, hint }) => {
          const label = severity === "error" ? this.color.red("error") : this.color.yellow("warning");
          return `${label} ${rule}: ${message}${hint ? `\n  try: ${hint}` : ""}`;
        }),
        errors === 0
          ? `${this.color.green("Lint passed")}: ${checks} checks, ${findings.length} warnings`
          : "",
      ]
        .filter((line) => line !== "")
        .join("\n"),
    );
    if (errors === 0) return;
    if (flags.json) this.exit(1);
    throw new CliError("failed", `lint found ${errors} ${errors === 1 ? "error" : "errors"}`);
  }
}

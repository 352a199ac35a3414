import { SmdkCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { Flags } from "../oclif.ts";
import { toJson } from "../output.ts";
import { findProject } from "../services/project.ts";

const formats = ["human", "json", "sarif", "github", "junit"] as const;

export default class Lint extends SmdkCommand {
  static override summary = "check manifest, sources and module against what a cluster accepts";
  static override description =
    "PATHs are project directories; without one, the current project. Builds the module first when its sources are newer. Errors end the command with exit code 1; warnings do so with --strict only. Every rule has a page in docs/lint.";
  static override examples = [
    "<%= config.bin %> lint",
    "<%= config.bin %> lint --fix",
    "<%= config.bin %> lint modules/* --format sarif",
  ];
  static override strict = false;
  static override flags = {
    path: Flags.string({
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
    format: Flags.string({
      options: formats,
      description: "how findings are printed (default: human; github under GitHub Actions)",
    }),
    fix: Flags.boolean({ description: "make the changes that are safe" }),
    strict: Flags.boolean({ description: "warnings fail too" }),
    "update-budgets": Flags.boolean({
      description: "take size and fuel of now as what growth is measured from",
    }),
  };

  override async run(): Promise<void> {
    const { flags, argv } = await this.parse(Lint);
    const { lintProject } = await import("../services/lint.ts");
    const output = await import("../services/lint-formats.ts");
    const paths = argv.length > 0 ? argv.map(String) : [flags.path ?? findProject(undefined)];
    const { resolve } = await import("node:path");
    const results = [];
    for (const path of paths) {
      results.push(
        await lintProject(resolve(path), { fix: flags.fix, updateBudgets: flags["update-budgets"] }),
      );
    }
    const findings = results.flatMap((result) => result.findings);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const failed = errors > 0 || (flags.strict && findings.length > 0);
    const checks = Math.max(...results.map((result) => result.checks));
    const format = flags.json
      ? "json"
      : ((flags.format ?? output.defaultFormat(process.env)) as (typeof formats)[number]);
    if (format === "json") {
      const shown = findings.map(({ fix, ...finding }) => ({ ...finding, fixable: fix !== undefined }));
      this.say(
        toJson({
          ok: !failed,
          checks,
          fixed: results.reduce((sum, { fixed }) => sum + fixed, 0),
          findings: shown,
        }),
      );
    } else if (format === "sarif") this.say(toJson(output.sarif(findings, this.config.version)));
    else if (format === "junit") this.say(output.junit(results));
    else if (format === "github") {
      if (findings.length > 0) this.say(output.github(findings));
    } else {
      for (const { severity, rule, message, hint, file, line, column, fix } of findings) {
        const label = severity === "error" ? this.color.red("error") : this.color.yellow("warning");
        const fixable = fix === undefined ? "" : this.color.dim(" (--fix)");
        this.say(`${output.shown(file)}:${line}:${column} ${label} ${rule}: ${message}${fixable}`);
        if (hint !== undefined) this.say(`  try: ${hint}`);
      }
      const fixed = results.reduce((sum, result) => sum + result.fixed, 0);
      if (fixed > 0) this.say(`${fixed} fixed`);
      if (!failed) {
        this.say(`${this.color.green("Lint passed")}: ${checks} checks, ${findings.length} warnings`);
      }
    }
    if (!failed) return;
    if (format !== "human") this.exit(1);
    const count = errors > 0 ? errors : findings.length;
    const what = errors > 0 ? "error" : "warning";
    throw new CliError("failed", `lint found ${count} ${count === 1 ? what : `${what}s`}`);
  }
}

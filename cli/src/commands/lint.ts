import { SmdkCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { projectFlag } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { toJson } from "../output.ts";
import { findProject } from "../services/project.ts";

const formats = ["human", "json", "sarif", "github", "junit"] as const;

export default class Lint extends SmdkCommand {
  static override runsModules = true;
  static override summary = "check manifest, sources and module against what a cluster accepts";
  static override description =
    "PATHs are projects, folders with projects below, transforms files or .wasm files; without one, the current project, or all projects below. Builds the module first when its sources are newer. Errors end the command with exit code 1; warnings do so with --strict only. Every rule has a page in docs/lint.";
  static override examples = [
    "<%= config.bin %> lint",
    "<%= config.bin %> lint --fix",
    "<%= config.bin %> lint modules --format sarif",
    "<%= config.bin %> lint other.wasm transforms.yaml",
  ];
  static override strict = false;
  static override flags = {
    ...projectFlag,
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
    const { lintPath, projectsBelow } = await import("../services/lint.ts");
    const output = await import("../services/lint-formats.ts");
    const { resolve } = await import("node:path");
    const paths = argv.length > 0 ? argv.map(String) : [flags.path ?? (await here(projectsBelow))];
    const options = { fix: flags.fix, updateBudgets: flags["update-budgets"] };
    const results = [];
    for (const path of paths) results.push(...(await lintPath(resolve(path), options)));
    const findings = results.flatMap((result) => result.findings);
    const errors = findings.filter(({ severity }) => severity === "error").length;
    const failed = errors > 0 || (flags.strict && findings.length > 0);
    const checks = Math.max(...results.map((result) => result.checks));
    const fixed = results.reduce((sum, result) => sum + result.fixed, 0);
    const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? "" : "s"}`;
    const where = results.length === 1 ? "" : ` in ${results.length} projects`;
    const passed = `Lint passed${where}: ${checks} checks, ${count(findings.length, "warning")}`;
    const format = flags.json
      ? "json"
      : ((flags.format ?? output.defaultFormat(process.env)) as (typeof formats)[number]);
    if (format === "json") {
      const shown = findings.map(({ fix, ...finding }) => ({ ...finding, fixable: fix !== undefined }));
      this.say(
        toJson({
          ok: !failed,
          checks,
          fixed,
          projects: results.map(({ project }) => project),
          findings: shown,
        }),
      );
    } else if (format === "sarif") this.say(toJson(output.sarif(findings, this.config.version)));
    else if (format === "junit") this.say(output.junit(results));
    else if (format === "github") {
      if (findings.length > 0) this.say(output.github(findings));
      if (!failed) this.say(passed);
    } else {
      for (const { severity, rule, message, hint, file, line, column, fix } of findings) {
        const label = severity === "error" ? this.color.red("error") : this.color.yellow("warning");
        const fixable = fix === undefined ? "" : this.color.dim(" (--fix)");
        this.say(`${output.shown(file)}:${line}:${column} ${label} ${rule}: ${message}${fixable}`);
        if (hint !== undefined) this.say(`  try: ${hint}`);
      }
      if (fixed > 0) this.say(`${fixed} fixed`);
      if (!failed) this.say(passed.replace("Lint passed", this.color.green("Lint passed")));
    }
    if (!failed) return;
    if (format !== "human") this.exit(1);
    const what = errors > 0 ? count(errors, "error") : count(findings.length, "warning");
    throw new CliError("failed", `lint found ${what}${where}`, {
      hint: "every rule has a page with an example in docs/lint",
    });
  }
}

/** The project around the current directory; the directory itself when there are projects below. */
async function here(projectsBelow: (folder: string) => Promise<string[]>): Promise<string> {
  try {
    return findProject(undefined);
  } catch (error) {
    if ((await projectsBelow(process.cwd())).length > 0) return process.cwd();
    throw error;
  }
}

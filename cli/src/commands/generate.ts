import type { Language, SmartModuleKind } from "@smdk/templates";
import { SmdkCommand } from "../base-command.ts";
import { Args, Flags } from "../oclif.ts";

const kinds = ["filter", "map", "filter-map", "array-map", "aggregate"] as const satisfies SmartModuleKind[];
const languages = ["assemblyscript", "typescript", "javascript"] as const satisfies Language[];

export default class Generate extends SmdkCommand {
  static override summary = "make a new SmartModule project, with tests that pass";
  static override description =
    "Asks for what no flag says, but only on a terminal; anywhere else the defaults are taken.";
  static override examples = [
    "<%= config.bin %> generate word-filter --kind filter",
    "<%= config.bin %> generate totals --kind aggregate --with-params --look-back --silent",
  ];
  static override args = { name: Args.string({ description: "name of the project and its directory" }) };
  static override flags = {
    "sm-type": Flags.option({ options: kinds, aliases: ["kind"], env: "SMDK_SM_TYPE" })({
      description: "kind of SmartModule (default filter)",
    }),
    lang: Flags.option({ options: languages })({
      description: "language of the source (default assemblyscript)",
    }),
    "project-group": Flags.string({
      aliases: ["group"],
      env: "SMDK_PROJECT_GROUP",
      description: "group of the package (default local)",
      helpValue: "GROUP",
    }),
    "with-params": Flags.boolean({
      env: "SMDK_WITH_PARAMS",
      exclusive: ["no-params"],
      description: "read a parameter in init",
    }),
    "no-params": Flags.boolean({ env: "SMDK_NO_PARAMS", description: "no parameters" }),
    "look-back": Flags.boolean({
      allowNo: true,
      description: "look at earlier records before the first batch",
    }),
    "sm-public": Flags.option({ options: ["true", "false"] as const, env: "SMDK_SM_PUBLIC" })({
      description: "whether the package may be seen by everyone (default false)",
    }),
    destination: Flags.string({
      env: "SMDK_DESTINATION",
      description: "directory that gets the project's directory (default: the current one)",
      helpValue: "DIR",
    }),
    silent: Flags.boolean({ char: "s", description: "ask nothing; take the defaults" }),
    git: Flags.boolean({ allowNo: true, default: true, description: "make the directory a git repository" }),
    "sdk-path": Flags.string({
      env: "SMDK_SDK_PATH",
      description: "directory with packed smdk packages (.tgz) to depend on instead of the registry's",
      helpValue: "DIR",
    }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Generate);
    const { generate } = await import("../services/generate.ts");
    const { interview } = await import("../services/interview.ts");
    const given = {
      name: args.name,
      group: flags["project-group"],
      kind: flags["sm-type"],
      language: flags.lang,
      withParams: flags["with-params"] ? true : flags["no-params"] ? false : undefined,
      lookBack: flags["look-back"],
      visibility: visibilityOf(flags["sm-public"]),
    };
    const mayAsk =
      !flags.silent && !flags.json && process.stdin.isTTY === true && process.stdout.isTTY === true;
    const answers = await interview(given, mayAsk);
    const result = await generate({
      ...answers,
      destination: flags.destination ?? process.cwd(),
      sdkPath: flags["sdk-path"],
      sdkVersion: `^${this.config.version}`,
      git: flags.git,
    });
    this.finish(flags, result, () =>
      [
        `Generated the SmartModule project ${this.color.bold(answers.name)} in ${result.directory}`,
        ...result.files.map((file) => `  ${file}`),
        "",
        `next: cd ${result.shortDirectory} && npm install && npx smdk build && npm test`,
      ].join("\n"),
    );
  }
}

function visibilityOf(isPublic: "true" | "false" | undefined): "public" | "private" | undefined {
  if (isPublic === undefined) return undefined;
  return isPublic === "true" ? "public" : "private";
}

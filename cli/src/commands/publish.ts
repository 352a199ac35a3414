import { SmdkCommand } from "../base-command.ts";
import { cargoFlags, longClusterFlags, paramsFlag } from "../flags.ts";
import { Args, Flags } from "../oclif.ts";
import { checkCargoFlags, findProject } from "../services/project.ts";
import { parseParams } from "../values.ts";

export default class Publish extends SmdkCommand {
  static override runsModules = true;
  static override summary = "pack, check and sign the project, and send it to a hub, a registry or a cluster";
  static override description =
    "Before anything is sent, the records in fixtures/ and test/fixtures/ run through the last published version and the new one; a patch with changed outputs is refused.";
  static override examples = [
    "<%= config.bin %> publish --dry-run",
    "<%= config.bin %> publish --hub http://hub.example:8080",
    "<%= config.bin %> publish oci://registry.example/acme/word-filter:0.1.0",
  ];
  static override args = {
    target: Args.string({ description: "oci://registry/path:tag, or cluster; default: a hub" }),
  };
  static override flags = {
    "package-path": Flags.string({
      aliases: ["path"],
      description: "project directory (default: the current one or above)",
      helpValue: "DIR",
    }),
    hub: Flags.string({ aliases: ["remote"], description: "address of the hub", helpValue: "URL" }),
    ipkg: Flags.string({ description: "publish this package instead of making one", helpValue: "FILE" }),
    readme: Flags.string({ description: "readme of the package (default ./README.md)", helpValue: "FILE" }),
    pack: Flags.boolean({ description: "make the package file and stop" }),
    push: Flags.boolean({ hidden: true }),
    "dry-run": Flags.boolean({ description: "do and show everything, but send nothing" }),
    source: Flags.boolean({
      default: true,
      allowNo: true,
      description: "put the sources into the package, so that others can rebuild it",
    }),
    "public-yes": Flags.boolean({ description: "do not ask before a public package is sent" }),
    records: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      description: "file of records, one a line, for the comparison with the last version; repeatable",
      helpValue: "FILE",
    }),
    "allow-changes": Flags.boolean({ description: "publish a patch although outputs changed" }),
    ...paramsFlag,
    ...cargoFlags,
    ...longClusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Publish);
    const { publish } = await import("../services/hub/publish.ts");
    const tell = flags.json ? () => undefined : (line: string) => this.say(line);
    const projectDir = flags.ipkg === undefined ? findProject(flags["package-path"]) : undefined;
    if (projectDir !== undefined) await checkCargoFlags(flags, projectDir);
    const result = await publish({
      projectDir,
      ipkg: flags.ipkg,
      target: args.target,
      hub: flags.hub,
      readme: flags.readme,
      withSource: flags.source,
      packOnly: flags.pack,
      dryRun: flags["dry-run"],
      records: flags.records ?? [],
      params: parseParams(flags.params),
      allowChanges: flags["allow-changes"],
      confirmPublic: async () => flags["public-yes"] || (await this.#confirm()),
      cluster: flags,
      toolVersion: this.config.version,
      tell,
    });
    this.finish(flags, result, () =>
      [
        `${result.published ? this.color.green("Published") : "Made"} ${result.group}/${result.name}@${result.version}${result.published ? ` to ${result.target}` : ""}`,
        `  ${result.digest}, ${result.size} bytes`,
        `  signed by ${result.signer}`,
        ...(result.fuel === null
          ? []
          : [`  ${result.fuel.perRecord} fuel per record, over ${result.fuel.records} records`]),
        ...(flags["dry-run"]
          ? [`  holds ${[...result.entries, ...result.files].join(", ")}`, "Dry run: nothing was sent"]
          : []),
      ].join("\n"),
    );
  }

  async #confirm(): Promise<boolean> {
    if (process.stdin.isTTY !== true) return false;
    const { confirm } = await import("@clack/prompts");
    const answer = await confirm({
      message: "Are you sure you want to publish this package as public?",
      initialValue: false,
    });
    return answer === true;
  }
}

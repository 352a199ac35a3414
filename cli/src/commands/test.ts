import { SmdkCommand } from "../base-command.ts";
import {
  cargoFlags,
  clusterFlags,
  count,
  paramsFlag,
  projectFlag,
  recordFlags,
  repeatable,
} from "../flags.ts";
import { Flags } from "../oclif.ts";
import { checkCargoFlags, findProject } from "../services/project.ts";
import { isBinary, keyText } from "../services/record-format.ts";
import { parseParams } from "../values.ts";
import { casesReport } from "../views/cases.ts";

export default class Test extends SmdkCommand {
  static override summary = "run records through the project's module, or through a chain, without a cluster";
  static override description =
    "Without an input it runs the project's cases: fixtures/cases.json has inputs and what the module must make of them.";
  static override hiddenAliases = ["smartmodule:test"];
  static override examples = [
    "<%= config.bin %> test --text hello",
    "<%= config.bin %> test --file lines.txt -e key=word --verbose",
    "<%= config.bin %> test --transforms transforms.yaml --stdin < lines.txt",
  ];
  static override flags = {
    ...recordFlags,
    "key-value": Flags.boolean({ char: "k", description: "print `[key] value`" }),
    ...paramsFlag,
    "aggregate-initial": Flags.string({
      aliases: ["a-init"],
      description: "what an aggregate starts from",
      helpValue: "VALUE",
    }),
    "wasm-file": Flags.string({
      exclusive: ["transforms", "transforms-line"],
      description: "module to run (default: the project's)",
      helpValue: "FILE",
    }),
    transforms: Flags.string({
      char: "t",
      aliases: ["transforms-file"],
      exclusive: ["transforms-line", "params"],
      description: "file with a chain; its modules are looked for here first, then in the cluster",
      helpValue: "FILE",
    }),
    "transforms-line": Flags.string({
      ...repeatable,
      aliases: ["transform"],
      exclusive: ["params"],
      description: "a step of a chain as JSON; repeatable",
      helpValue: "JSON",
    }),
    record: Flags.string({
      ...repeatable,
      char: "r",
      description: "a record that is in the topic already, for look-back; repeatable",
      helpValue: "VALUE",
    }),
    "lookback-last": count({
      char: "l",
      description: "how many of these the module sees; without it, look-back is not called",
      helpValue: "N",
    }),
    verbose: Flags.boolean({ char: "v", description: "print the number of records first" }),
    ...projectFlag,
    ...cargoFlags,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Test);
    const isAboutProject =
      flags["wasm-file"] === undefined &&
      flags.transforms === undefined &&
      flags["transforms-line"] === undefined;
    if (isAboutProject && (flags.release ?? flags["package-name"]) !== undefined) {
      await checkCargoFlags(flags, findProject(flags.path));
    }
    if (isAboutProject && flags.text === undefined && !flags.stdin && flags.file === undefined) {
      const { runProjectCases } = await import("../services/cases.ts");
      const results = await runProjectCases(flags.path);
      if (results !== null) {
        const failed = results.filter(({ passed }) => !passed).length;
        this.finish(flags, { cases: results, failed }, () => casesReport(results, this.color, flags.verbose));
        if (failed > 0) this.exit(1);
        return;
      }
    }
    const params = parseParams(flags.params);
    const { chainFor, inputRecords, recordFailure, testRun } = await import("../services/test-run.ts");
    const steps = await chainFor(
      {
        wasmFile: flags["wasm-file"],
        transforms: flags.transforms,
        transformLines: flags["transforms-line"] ?? [],
        projectDir: flags.path,
        params,
        accumulator: flags["aggregate-initial"],
        cluster: flags,
      },
      flags["lookback-last"],
    );
    const input = await inputRecords(flags as typeof flags & { text: string | undefined });
    const { records, error, output } = await testRun(steps, input, flags.record ?? []);
    if (output !== "" && !flags.json) process.stderr.write(output);
    const shown = records.map(({ key, value }) => ({ key, value }));
    this.finish(flags, { count: records.length, records: shown, error, output }, () =>
      [
        ...(flags.verbose ? [`${records.length} records outputted`] : []),
        ...records.map(({ keyBytes, value, valueBytes }) => {
          const text = isBinary(valueBytes) ? `binary: (${valueBytes.length} bytes)` : value;
          return flags["key-value"] ? `[${keyText(keyBytes)}] ${text}` : text;
        }),
      ].join("\n"),
    );
    if (error === null) return;
    // With --json the error is part of the result.
    if (flags.json) this.exit(1);
    throw recordFailure(error, steps);
  }
}

import { join } from "node:path";
import type { BuildResult } from "@smdk/compiler";
import { SmdkCommand } from "../base-command.ts";
import { type ClusterOptions, clusterFlags, paramsFlag, projectFlag } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { humanBytes, humanMillis } from "../output.ts";
import { describe, printFailure } from "../report.ts";
import { interruptible } from "../services/interrupt.ts";
import { findProject } from "../services/project.ts";
import { parseParams } from "../values.ts";
import { casesReport } from "../views/cases.ts";

export default class Dev extends SmdkCommand {
  static override summary = "build on every save, try the module on some input, and load it into a cluster";
  static override description =
    "Without records it runs the project's cases, fixtures/cases.json, after every build, as `test` does.";
  static override examples = [
    "<%= config.bin %> dev",
    "<%= config.bin %> dev --text 'hello world'",
    "<%= config.bin %> dev --file sample.txt -e key=word --load",
  ];
  static override flags = {
    text: Flags.string({
      exclusive: ["file"],
      description: "a record to try after every build",
      helpValue: "VALUE",
    }),
    file: Flags.string({ description: "a file with records to try after every build", helpValue: "FILE" }),
    ...paramsFlag,
    load: Flags.boolean({ description: "put every build into the cluster's registry" }),
    ...projectFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Dev);
    const params = parseParams(flags.params);
    const projectDir = findProject(flags.path);
    const { developmentLoop } = await import("../services/dev.ts");
    const built = async (result: BuildResult): Promise<void> => {
      const { name, kind, bytes, durationMs, wasmPath } = result;
      this.finish(
        flags,
        { built: name, kind, size: bytes.length, durationMs: Math.round(durationMs) },
        () =>
          `${this.color.green("Built")} ${name} (${kind}), ${humanBytes(bytes.length)}, in ${humanMillis(durationMs)}`,
      );
      await this.#tryOut({ bytes, wasmPath, projectDir }, params, flags);
      if (flags.load) await this.#load(projectDir, flags);
    };
    const failed = (error: unknown): void => {
      const failure = describe(error);
      if (failure) printFailure(failure, flags.json);
    };
    await interruptible((signal) =>
      developmentLoop({
        projectDir,
        alsoWatch: [flags.file ?? join(projectDir, "fixtures")],
        onBuilt: built,
        onFailed: failed,
        signal,
      }),
    );
  }

  async #tryOut(
    built: { bytes: Uint8Array; wasmPath: string; projectDir: string },
    params: Map<string, string>,
    flags: { json: boolean; text?: string | undefined; file?: string | undefined },
  ): Promise<void> {
    if (flags.text === undefined && flags.file === undefined) {
      const { runCases } = await import("../services/cases.ts");
      const results = await runCases(built.projectDir, async () => built.bytes);
      if (results === null) return;
      const failed = results.filter(({ passed }) => !passed).length;
      this.finish(flags, { cases: results, failed }, () => casesReport(results, this.color, false));
      return;
    }
    const { inputRecords, recordFailure, testRun } = await import("../services/test-run.ts");
    const input = await inputRecords({
      text: flags.text,
      file: flags.file,
      stdin: false,
      raw: false,
      key: undefined,
    });
    const { readSourceMap } = await import("@smdk/compiler");
    const sourceMap = await readSourceMap(built.wasmPath, built.bytes);
    const step = { module: built.bytes, params, ...(sourceMap !== null && { sourceMap }) };
    const { records, error, output } = await testRun([step], input, []);
    if (output !== "") process.stderr.write(output);
    const shown = records.map(({ key, value }) => ({ key, value }));
    // A filter that keeps nothing would otherwise look like one that did not run.
    const summary = `  ${this.color.dim(`${input.length} ${input.length === 1 ? "record" : "records"} in, ${shown.length} out`)}`;
    this.finish(flags, { records: shown, error }, () =>
      [...shown.map(({ value }) => `  ${value}`), summary].join("\n"),
    );
    const failure = error === null ? undefined : describe(recordFailure(error, [step]));
    if (failure !== undefined && !flags.json) printFailure(failure, false);
  }

  async #load(projectDir: string, flags: { json: boolean } & ClusterOptions): Promise<void> {
    const { loadPackage } = await import("../services/load.ts");
    const result = await loadPackage({
      projectDir,
      wasmFile: undefined,
      dryRun: false,
      cluster: flags,
      tell: () => undefined,
    });
    this.finish(flags, result, () => `Loaded ${result.uses}`);
  }
}

import { join, resolve } from "node:path";
import type { BuildResult } from "@smdk/compiler";
import { SmdkCommand } from "../base-command.ts";
import { type ClusterOptions, clusterFlags, paramsFlag, projectFlag } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { humanBytes, humanMillis } from "../output.ts";
import { describe, diagnosticTexts, type Failure, printFailure } from "../report.ts";
import { interruptible } from "../services/interrupt.ts";
import { findProject } from "../services/project.ts";
import type { TrialAnswer, TriedRecords } from "../services/trial.ts";
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
    const { TrialThread } = await import("../services/trial.ts");
    using thread = new TrialThread();
    const built = async ({
      name,
      kind,
      bytes,
      durationMs,
      wasmPath,
      warnings,
    }: BuildResult): Promise<void> => {
      for (const text of flags.json ? [] : diagnosticTexts(warnings))
        this.note(`${this.errorColor.yellow("warning")} ${text}`);
      const value = { built: name, kind, size: bytes.length, durationMs: Math.round(durationMs), warnings };
      this.finishOne(
        flags,
        value,
        () =>
          `${this.color.green("Built")} ${name} (${kind}), ${humanBytes(bytes.length)}, in ${humanMillis(durationMs)}`,
      );
      const { text, file } = flags;
      this.#show(await thread.run({ bytes, wasmPath, projectDir, params, text, file }), flags);
      if (flags.load) await this.#load(projectDir, flags);
    };
    await interruptible((signal) =>
      developmentLoop({
        projectDir,
        alsoWatch: [flags.file === undefined ? join(projectDir, "fixtures") : resolve(flags.file)],
        onBuilt: built,
        onFailed: (error) => this.#fail(describe(error), flags),
        signal,
      }),
    );
  }

  #show(answer: TrialAnswer, flags: { json: boolean }): void {
    if ("failure" in answer) this.#fail(answer.failure, flags);
    else if (answer.result?.kind === "cases") {
      const { cases } = answer.result;
      const failed = cases.filter(({ passed }) => !passed).length;
      this.finishOne(flags, { cases, failed }, () => casesReport(cases, this.color, false));
    } else if (answer.result !== null) this.#showRecords(answer.result, flags);
  }

  #showRecords(result: TriedRecords, flags: { json: boolean }): void {
    const { count, records, output, error, failure } = result;
    if (output !== "" && !flags.json) process.stderr.write(output);
    // A filter that keeps nothing would otherwise look like one that did not run.
    const summary = `  ${this.color.dim(`${count} ${count === 1 ? "record" : "records"} in, ${records.length} out`)}`;
    this.finishOne(flags, { records, error, output }, () =>
      [...records.map(({ value }) => `  ${value}`), summary].join("\n"),
    );
    // With --json the error is part of the result.
    if (!flags.json) this.#fail(failure, flags);
  }

  #fail(failure: Failure | undefined, flags: { json: boolean }): void {
    if (failure) printFailure(failure, flags.json, 0);
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
    this.finishOne(flags, result, () => `Loaded ${result.uses}`);
  }
}

import { SmdkCommand } from "../base-command.ts";
import { cargoFlags, projectFlag } from "../flags.ts";
import { Flags } from "../oclif.ts";
import { humanBytes, humanMillis } from "../output.ts";
import { diagnosticTexts } from "../report.ts";
import { checkCargoFlags, findProject } from "../services/project.ts";
import { keepMapBeside } from "../services/source-maps.ts";

const engines = ["quickjs", "javy"] as const;

export default class Build extends SmdkCommand {
  static override summary = "compile the project to a WebAssembly module";
  static override flags = {
    ...projectFlag,
    engine: Flags.string({
      options: engines,
      description:
        "JavaScript engine of a TypeScript or JavaScript module (default: the manifest's, or quickjs)",
      helpValue: engines.join("|"),
    }),
    javy: Flags.string({
      description:
        "Javy's plugin or executable, for --engine javy (default: SMDK_JAVY, the manifest's, or javy in the PATH)",
      helpValue: "FILE",
    }),
    debug: Flags.boolean({ description: "keep names and skip most optimisation" }),
    ...cargoFlags,
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Build);
    const projectDir = findProject(flags.path);
    await checkCargoFlags(flags, projectDir);
    const { build } = await import("@smdk/compiler");
    const { name, kind, wasmPath, bytes, durationMs, warnings } = await build({
      projectDir,
      release: !flags.debug,
      ...(flags.engine !== undefined && { engine: flags.engine as (typeof engines)[number] }),
      ...(flags.javy !== undefined && { javy: flags.javy }),
    });
    await keepMapBeside(wasmPath, bytes);
    const value = { name, kind, wasmPath, size: bytes.length, durationMs: Math.round(durationMs), warnings };
    for (const text of flags.json ? [] : diagnosticTexts(warnings))
      this.note(`${this.errorColor.yellow("warning")} ${text}`);
    this.finish(
      flags,
      value,
      () =>
        `${this.color.green("Built")} ${name} (${kind}): ${wasmPath}, ${humanBytes(bytes.length)}, in ${humanMillis(durationMs)}`,
    );
  }
}

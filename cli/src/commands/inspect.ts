import { existsSync, statSync } from "node:fs";
import type { ManifestParam } from "@smdk/compiler";
import { SmdkCommand } from "../base-command.ts";
import { CliError } from "../errors.ts";
import { type ClusterOptions, clusterFlags, projectFlag } from "../flags.ts";
import { Args, Flags } from "../oclif.ts";
import { humanBytes } from "../output.ts";
import type { Inspection } from "../services/inspect.ts";

/** Functions and files shown to people; `--json` has all. */
const topEntries = 10;

export default class Inspect extends SmdkCommand {
  static override summary = "show what a module is, what it needs, and what its bytes are spent on";
  static override description =
    "FILE is a .wasm file, NAME a module as transforms name it: of a project here, or of the cluster. Without one, the project's module, built if need be.";
  static override examples = [
    "<%= config.bin %> inspect",
    "<%= config.bin %> inspect build/word_filter.wasm",
    "<%= config.bin %> inspect my-group/word-filter@0.1.0 --json",
  ];
  static override args = {
    module: Args.string({ description: "file or name of a module" }),
  };
  static override flags = {
    fluvio: Flags.string({
      description: "version of Fluvio that is to run it (default: the newest known)",
      helpValue: "VERSION",
    }),
    wat: Flags.boolean({ description: "print the module as WebAssembly text instead" }),
    ...projectFlag,
    ...clusterFlags,
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(Inspect);
    const { bytes: given, origin, parameters } = await this.#find(args.module, flags);
    const bytes = isText(given) ? await (await import("@smdk/runtime")).assembleText(given) : given;
    if (isComponent(bytes)) {
      throw new CliError(
        "failed",
        `${origin} is a WebAssembly component; a cluster takes core modules only`,
        {
          hint: "build it without the component step: for Rust, cargo build --target wasm32-wasip1 or wasm32-unknown-unknown",
        },
      );
    }
    if (flags.wat) {
      const { wasmText } = await import("@smdk/runtime");
      const wat = await wasmText(bytes);
      this.finish(flags, { origin, wat }, wat);
      return;
    }
    const { inspect } = await import("../services/inspect.ts");
    const inspection = await inspect(bytes, origin, { fluvio: flags.fluvio, parameters });
    this.finish(flags, inspection, () => this.#render(inspection));
    if (!inspection.accepted) this.exit(1);
  }

  async #find(
    module: string | undefined,
    flags: ClusterOptions & { path?: string | undefined },
  ): Promise<{ bytes: Uint8Array; origin: string; parameters: readonly ManifestParam[] | null }> {
    const { parametersInCluster, parametersOf } = await import("../services/module-parameters.ts");
    const file = module !== undefined && existsSync(module) && statSync(module).isFile() ? module : undefined;
    if (file !== undefined) {
      const { readFile } = await import("node:fs/promises");
      return { bytes: await readFile(file), origin: file, parameters: await parametersOf(file) };
    }
    if (module === undefined) {
      const { builtModule } = await import("../services/built-module.ts");
      const { findProject } = await import("../services/project.ts");
      const { bytes, wasmPath } = await builtModule(findProject(flags.path));
      return { bytes, origin: wasmPath, parameters: await parametersOf(wasmPath) };
    }
    if (module.endsWith(".wasm")) {
      throw new CliError("failed", `${module}: No such file or directory`, {
        code: "SMDK_CLI_FILE",
        hint: "check the path; smdk build prints where it writes the module",
      });
    }
    const { findModule } = await import("../services/local-modules.ts");
    const { bytes, origin } = await findModule(module, process.cwd(), flags);
    const isHere = existsSync(origin);
    return {
      bytes,
      origin,
      parameters: isHere ? await parametersOf(origin) : await parametersInCluster(module, flags),
    };
  }

  #render(found: Inspection): string {
    const { color } = this;
    const verdict = found.accepted
      ? color.green("a cluster takes it")
      : color.red(`a cluster refuses it: ${found.complaints.join("; ")}`);
    const share = (size: number): string => `${((size / found.size) * 100).toFixed(1).padStart(5)} %`;
    const row = (size: number, text: string): string =>
      `  ${humanBytes(size).padStart(9)} ${share(size)}  ${text}`;
    const top = <T>(items: readonly T[], line: (item: T) => string): string[] => [
      ...items.slice(0, topEntries).map(line),
      ...(items.length > topEntries ? [`  … and ${items.length - topEntries} more`] : []),
    ];
    const memory = found.memory;
    return [
      `${color.bold(found.origin)}`,
      `kind      ${found.kind ?? "none"}, ${verdict}`,
      `size      ${humanBytes(found.size)}, ${humanBytes(found.gzipSize)} with gzip`,
      `memory    ${memory === null ? "none" : `${humanBytes(memory.initial * 65_536)} at the start${memory.maximum === null ? "" : `, ${humanBytes(memory.maximum * 65_536)} at most`}`}`,
      `features  ${found.features.join(", ") || "none beyond the first version"}${color.dim(` (Fluvio ${found.fluvio.version}${found.fluvio.refused.length === 0 ? " takes them" : ` refuses ${found.fluvio.refused.join(", ")}`})`)}`,
      ...(found.parameters === null ? [] : [`params    ${paramsText(found.parameters)}`]),
      `imports   ${found.imports.map(({ module, name }) => `${module}.${name}`).join(", ") || "none"}`,
      `exports   ${found.exports.map(({ name }) => name).join(", ") || "none"}`,
      ...(found.producers.length === 0
        ? []
        : [
            `made by   ${found.producers.map(({ name, version }) => `${name} ${version}`.trim()).join(", ")}`,
          ]),
      "",
      color.bold("sections"),
      ...[...found.sections]
        .sort((a, b) => b.size - a.size)
        .map(({ name, size, isCustom }) => row(size, isCustom ? `${name} (custom)` : name)),
      row(found.headerSize, "headers"),
      "",
      color.bold(`functions (${found.functionCount})`),
      ...top(found.functions, ({ name, size, source }) =>
        row(size, source === null ? name : `${name}  ${source}`),
      ),
      ...(found.files.length === 0
        ? []
        : ["", color.bold("source files"), ...top(found.files, ({ file, size }) => row(size, file))]),
    ].join("\n");
  }
}

function paramsText(params: readonly ManifestParam[]): string {
  return params.map(({ name, optional }) => (optional ? `${name} (optional)` : name)).join(", ") || "none";
}

/** Clusters take the text form too. */
function isText(bytes: Uint8Array): boolean {
  return /^\s*(?:;;[^\n]*\n\s*)*\(\s*module\b/.test(Buffer.from(bytes.subarray(0, 1024)).toString("latin1"));
}

/** The version field of a component has a layer in its upper half. */
function isComponent(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[6] === 1;
}

// Checks that need no run: the manifest, the imports and exports, and the size of a built module.

import { readFile } from "node:fs/promises";
import { checkAbi } from "./abi.ts";
import { CompilerError, type SourceLocation } from "./errors.ts";
import { inspectModule } from "./inspect.ts";
import { loadProject } from "./project.ts";

/** One thing to look at. Errors keep the module from working; warnings do not. */
export interface LintFinding {
  readonly rule: "manifest" | "abi" | "size" | "names" | "build";
  readonly level: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
  readonly location?: SourceLocation;
}

export interface LintOptions {
  /** Folder with the SmartModule.toml. */
  readonly projectDir: string;
  /** The module to check; default: what the last build wrote. */
  readonly bytes?: Uint8Array;
  /** Bytes the module may have; default 256 KB, with a JavaScript engine inside 1.5 MB. */
  readonly maxSize?: number;
}

/** What the hub takes as the name of a package or group. */
const HUB_NAME = /^[a-z0-9:_-]+$/;
const SIZE_MAX = 256 * 1024;
const JAVASCRIPT_SIZE_MAX = 1536 * 1024;
const JAVY_SIZE_MAX = 2560 * 1024;

/** Checks a project and its module. A manifest that cannot be read is a finding too; nothing else throws. */
export async function lintModule(options: LintOptions): Promise<LintFinding[]> {
  const findings: LintFinding[] = [];
  let project: Awaited<ReturnType<typeof loadProject>>;
  try {
    project = await loadProject(options.projectDir);
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    return [{ rule: "manifest", level: "error", ...describe(error) }];
  }
  const location = { file: project.manifest.path, line: 1, column: 1 };
  const { name, group } = project.manifest.package;
  for (const [key, value] of [
    ["name", name],
    ["group", group],
  ] as const) {
    if (HUB_NAME.test(value)) continue;
    findings.push({
      rule: "names",
      level: "warning",
      message: `the package's ${key} "${value}" could not be published`,
      hint: "Use lower case letters, digits, and - _ : only.",
      location,
    });
  }
  const bytes = options.bytes ?? (await readFile(project.wasmPath).catch(() => null));
  if (bytes === null) {
    const message = `there is no module at ${project.wasmPath}`;
    return [...findings, { rule: "build", level: "error", message, hint: "Run `smdk build` first." }];
  }
  try {
    const module = inspectModule(bytes);
    for (const message of checkAbi(module)) findings.push({ rule: "abi", level: "error", message });
    const isJavaScript = project.manifest.build.lang !== "assemblyscript";
    const isJavy = project.manifest.build.engine === "javy";
    const sizeMax = isJavy ? JAVY_SIZE_MAX : isJavaScript ? JAVASCRIPT_SIZE_MAX : SIZE_MAX;
    const maxSize = options.maxSize ?? sizeMax;
    if (module.size > maxSize) {
      findings.push({
        rule: "size",
        level: "warning",
        message: `the module has ${module.size} bytes, more than ${maxSize}`,
        hint: isJavaScript
          ? "Large libraries make large modules: `smdk build` names the largest."
          : 'A debug build is larger than a release build; `optimize: "size"` makes it smaller still.',
      });
    }
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    findings.push({ rule: "abi", level: "error", ...describe(error) });
  }
  return findings;
}

function describe({ message, hint, location }: CompilerError): Omit<LintFinding, "rule" | "level"> {
  return {
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(location === undefined ? {} : { location }),
  };
}

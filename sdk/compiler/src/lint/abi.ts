// What a cluster would say about a built module, as findings. They have no line: their place is the module file.

import { CompilerError } from "../errors.ts";
import { inspectModule, type ModuleInspection } from "../inspect.ts";
import { type Finding, type RuleCode, SourceText } from "./findings.ts";

const CALL = "(i32, i32, i32) -> i32";
const KINDS = ["filter", "map", "filter_map", "array_map", "aggregate"];
const WASI = new Set(["wasi_snapshot_preview1", "wasi_unstable"]);
/** Larger modules are slow to send and to start. */
const LARGE = 1024 * 1024;

/** Checks the bytes of a module. */
export function lintModuleBytes(
  file: string,
  bytes: Uint8Array,
  options: { largeBytes?: number } = {},
): Finding[] {
  const source = new SourceText(file, "");
  const findings: Finding[] = [];
  const add = (rule: RuleCode, message: string, hint?: string): void => {
    findings.push(source.finding(rule, 0, message, hint === undefined ? {} : { hint }));
  };
  let module: ModuleInspection;
  try {
    module = inspectModule(bytes);
  } catch (error) {
    if (!(error instanceof CompilerError)) throw error;
    add("SM401", error.message, error.hint);
    return findings;
  }
  checkImports(module, add);
  const transforms = KINDS.filter((kind) =>
    module.exports.some(({ name, kind: what }) => name === kind && what === "function"),
  );
  if (transforms.length === 0) add("SM404", `it exports none of ${KINDS.join(", ")}`);
  if (transforms.length > 1) {
    add("SM407", `it exports ${transforms.join(" and ")}; only ${transforms[0]} is used`);
  }
  for (const { name, kind, type } of module.exports) {
    if (
      kind === "function" &&
      (transforms.includes(name) || name === "init" || name === "look_back") &&
      type !== CALL
    ) {
      add("SM404", `its export ${name} has the type ${type}, not ${CALL}`);
    }
  }
  if (module.memory?.imported) add("SM405", "its memory is imported, and it must be its own");
  else if (module.memory?.shared) add("SM405", "its memory is shared, which the engine refuses");
  else if (!module.exports.some(({ name, kind }) => name === "memory" && kind === "memory")) {
    add("SM405", "it does not export its memory");
  }
  const alloc = module.exports.find(({ name }) => name === "alloc");
  if (alloc === undefined) add("SM406", "it does not export alloc");
  else if (alloc.type !== "(i32) -> i32")
    add("SM406", `its export alloc has the type ${alloc.type ?? alloc.kind}, not (i32) -> i32`);
  if (bytes.length > (options.largeBytes ?? LARGE)) {
    add(
      "SM504",
      `the module has ${bytes.length} bytes`,
      "It is slow to send and to start; `smdk inspect` shows what the bytes are spent on.",
    );
  }
  return findings;
}

function checkImports(
  module: ModuleInspection,
  add: (rule: RuleCode, message: string, hint?: string) => void,
): void {
  const copyRecords = module.imports.find(({ name }) => name === "copy_records");
  if (copyRecords === undefined)
    add("SM402", "it does not import copy_records, so it could hand over nothing");
  else if (copyRecords.type !== "(i32, i32) -> ()") {
    add(
      "SM402",
      `its import copy_records has the type ${copyRecords.type ?? copyRecords.kind}, not (i32, i32) -> ()`,
    );
  }
  for (const entry of module.imports) {
    if (entry.name === "copy_records" && entry.module === copyRecords?.module) continue;
    if (entry.kind === "function" && WASI.has(entry.module)) continue;
    add(
      "SM403",
      `it imports ${entry.module}.${entry.name}, which the engine does not offer`,
      "Only copy_records and WASI preview 1 are there.",
    );
  }
}

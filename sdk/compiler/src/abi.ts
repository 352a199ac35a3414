// What the engine demands of a SmartModule's imports and exports.

import type { ModuleInspection } from "./inspect.ts";

const CALL = "(i32, i32, i32) -> i32";
const WASI = new Set(["wasi_snapshot_preview1", "wasi_unstable"]);

/** Faults that would keep the engine from loading or calling the module, as sentences; none when it is fine. */
export function checkAbi(module: ModuleInspection): string[] {
  const faults: string[] = [];
  const copyRecords = module.imports.find((entry) => entry.name === "copy_records");
  if (copyRecords === undefined)
    faults.push("it does not import copy_records, so it could hand over nothing");
  else if (copyRecords.type !== "(i32, i32) -> ()") {
    faults.push(
      `its import copy_records has the type ${copyRecords.type ?? copyRecords.kind}, not (i32, i32) -> ()`,
    );
  }
  for (const entry of module.imports) {
    if (entry === copyRecords || (entry.kind === "function" && WASI.has(entry.module))) continue;
    if (entry.name === "copy_records" && entry.module === copyRecords?.module) continue;
    faults.push(`it imports ${entry.module}.${entry.name}, which the engine does not offer`);
  }
  if (module.kind === null) {
    faults.push("it exports none of filter, map, filter_map, array_map, aggregate");
  }
  if (module.memory?.imported) faults.push("its memory is imported, and it must be its own");
  if (module.memory?.shared) faults.push("its memory is shared, which the engine refuses");
  const typeOf = new Map(module.exports.map((entry) => [entry.name, entry]));
  if (typeOf.get("memory")?.kind !== "memory") faults.push("it does not export its memory");
  const expect = (name: string, type: string, needed: boolean): void => {
    const found = typeOf.get(name);
    if (found === undefined) {
      if (needed) faults.push(`it does not export ${name}`);
    } else if (found.type !== type) {
      faults.push(`its export ${name} has the type ${found.type ?? found.kind}, not ${type}`);
    }
  };
  expect("alloc", "(i32) -> i32", true);
  expect("dealloc", "(i32, i32) -> ()", false);
  expect("init", CALL, false);
  expect("look_back", CALL, false);
  if (module.kind !== null) expect(module.kind, CALL, true);
  return faults;
}

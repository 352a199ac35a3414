/**
 * Finds out where an AssemblyScript module throws. Its throws are no traps: the library's `abort` takes note and
 * returns. So a call of the host is put at the start of that function, which then looks at the stack.
 */
import { ByteSink } from "../fuel/byte-sink.ts";
import type { CodeScan } from "../wasm/code.ts";
import { appendItems, assemble, exportItem, freeName, type OffsetShift, type Piece } from "../wasm/limit.ts";
import type { WasmModuleInfo, WasmSection } from "../wasm/parse.ts";
import { WasmReader } from "../wasm/reader.ts";
import { leb } from "../wasm/writer.ts";
import type { WasmSourceMap } from "./source-map.ts";

export interface TracedModule {
  bytes: Uint8Array;
  shifts: readonly OffsetShift[];
  /** Export name of the table whose only entry is called at every throw. */
  table: string;
}

const ABORT_FILE = "@smdk/assemblyscript/rt/abort.ts";

/** Position among the bodies of the function that notes a throw; null when there is none, or it is unknown. */
export function findAbort(info: WasmModuleInfo, scan: CodeScan, map: WasmSourceMap): number | null {
  const file = map.sources.find((source) => source.endsWith(ABORT_FILE));
  const text = file === undefined ? null : map.content(file);
  if (text === null) return null;
  const lines = text.split("\n");
  const first = lines.findIndex((line) => /^export function abort\(/.test(line)) + 1;
  if (first === 0) return null;
  const length = lines.slice(first).findIndex((line) => line.startsWith("}"));
  for (const [index, { start, end }] of scan.bodies.entries()) {
    const place = map.firstWithin(start, end);
    if (place !== null && place.file === file && place.line >= first && place.line <= first + length + 1) {
      return info.functions[info.importedFunctions + index] === undefined ? null : index;
    }
  }
  return null;
}

/** Puts the call into the body. */
export function hookFunction(
  bytes: Uint8Array,
  info: WasmModuleInfo,
  scan: CodeScan,
  body: number,
): TracedModule {
  const table = freeName(info, "smdk:throws");
  const call = [0x41, 0, 0x11, ...leb(info.types.length), ...leb(info.tables.length)];
  const additions = new Map<number, (section: WasmSection | undefined) => Piece | null>([
    [1, appendItems(bytes, [[0x60, 0, 0]])],
    [4, appendItems(bytes, [[0x70, 1, 1, 1]])],
    [7, appendItems(bytes, [exportItem(table, 1, info.tables.length)])],
    [10, (section) => insert(bytes, section!, scan, body, call)],
  ]);
  return { ...assemble(bytes, info.sections, additions), table };
}

function insert(
  bytes: Uint8Array,
  section: WasmSection,
  scan: CodeScan,
  body: number,
  call: readonly number[],
): Piece {
  const { sizeStart, start, end } = scan.bodies[body]!;
  const reader = new WasmReader(bytes, start, end);
  for (let groups = reader.u32(); groups > 0; groups--) {
    reader.u32();
    reader.skip(1);
  }
  const sink = new ByteSink(bytes, section.end - section.start + 64);
  sink.copy(section.start, sizeStart);
  sink.put(leb(end - start + call.length), sizeStart);
  sink.copy(start, reader.pos);
  sink.put(call, reader.pos);
  sink.copy(reader.pos, section.end);
  return {
    content: sink.bytes,
    shifts: sink.shifts.map(({ at, delta }) => ({ at, delta: delta + section.start })),
  };
}

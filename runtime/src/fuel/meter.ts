/**
 * Makes a copy of a module that counts fuel exactly as wasmtime 34 does. The scheme is that of wasmtime's compiler:
 * a local counter per function, taken from a global at the entry and after calls, written back before calls and where
 * the function ends. What a trap leaves uncounted there is therefore left uncounted here. The counter starts at minus
 * the limit; entries and loop heads trap once it is not below zero.
 */
import type { CodeScan } from "../wasm/code.ts";
import { appendItems, assemble, exportItem, freeName, type OffsetShift, type Piece } from "../wasm/limit.ts";
import type { FuncType, WasmModuleInfo, WasmSection } from "../wasm/parse.ts";
import { WasmReader } from "../wasm/reader.ts";
import { readValueType, type ValueType } from "../wasm/value-type.ts";
import { leb, sleb } from "../wasm/writer.ts";
import { ByteSink } from "./byte-sink.ts";
import { type FuelVisitor, walkFuel } from "./walk.ts";

export interface MeteredModule {
  bytes: Uint8Array;
  shifts: readonly OffsetShift[];
  /** Export name of the counter, an i64: minus the limit, plus what was used. */
  counter: string;
  /** Export name of the i32 that becomes 1 when the fuel runs out. */
  exhausted: string;
  /** Only of a copy that profiles. */
  profile: ProfileParts | null;
}

/** A straight piece of code that is always executed as a whole, unless it traps. */
export interface FuelSegment {
  functionIndex: number;
  /** Positions in the original binary of the operators that cost 1. */
  positions: readonly number[];
}

export interface ProfileParts {
  /** Export name of the table for the hooks: 0 is called at a function's entry, 1 at its exit, with index and counter. */
  table: string;
  segments: readonly FuelSegment[];
  /** Export name of the counter of a segment. */
  segmentName(index: number): string;
}

const VALUE_BYTE: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
  funcref: 0x70,
  externref: 0x6f,
};

/** Parameters and locals that V8 compiles in a function. */
const MAX_LOCALS = 50_000;

const I64 = 0x7e;
const EMPTY_BLOCK = 0x40;

/** Where the additions to the module end up. */
interface Layout {
  counter: number;
  exhausted: number;
  /** Where functions that have no room for a local keep their counter: it is saved around calls as a local is. */
  spare: number;
  /** Index of the function that is called when there is no fuel left. */
  helper: number;
  helperType: number;
  hookType: number;
  hookTable: number;
  firstSegment: number;
  /** Block types of functions with several results, by function type. */
  blockTypes: ReadonlyMap<number, number>;
}

/** Rewrites a valid module. `profile` also counts how often each piece of code ran, and reports entries and exits. */
export function meterModule(
  bytes: Uint8Array,
  info: WasmModuleInfo,
  scan: CodeScan,
  options: { profile?: boolean } = {},
): MeteredModule {
  const profile = options.profile ?? false;
  const blockTypes = new Map<number, number>();
  const types: number[][] = [
    [0x60, 1, I64, 0],
    [0x60, 2, 0x7f, 0x7c, 0],
  ];
  for (const typeIndex of new Set(info.functions)) {
    const type = info.types[typeIndex];
    if (type === undefined || type.results.length < 2) continue;
    blockTypes.set(typeIndex, info.types.length + types.length);
    types.push([0x60, 0, ...leb(type.results.length), ...type.results.map((item) => VALUE_BYTE[item])]);
  }
  const layout: Layout = {
    counter: info.globals,
    exhausted: info.globals + 1,
    spare: info.globals + 2,
    helper: info.functions.length,
    helperType: info.types.length,
    hookType: info.types.length + 1,
    hookTable: info.tables.length,
    firstSegment: info.globals + 3,
    blockTypes,
  };
  const segments: FuelSegment[] = [];
  const bodies = scan.bodies.map(({ start, end }, index) => {
    const functionIndex = info.importedFunctions + index;
    const writer = new BodyWriter(bytes, info, layout, functionIndex, profile ? segments : null);
    return writer.write(start, end);
  });
  const names = {
    counter: freeName(info, "smdk:fuel"),
    exhausted: freeName(info, "smdk:exhausted"),
    table: freeName(info, "smdk:hooks"),
    segment: freeName(info, "smdk:segment"),
  };
  const zero = [I64, 1, 0x42, 0, 0x0b];
  const exports = [
    exportItem(names.counter, 3, layout.counter),
    exportItem(names.exhausted, 3, layout.exhausted),
  ];
  if (profile) {
    exports.push(exportItem(names.table, 1, layout.hookTable));
    for (const [index] of segments.entries()) {
      exports.push(exportItem(`${names.segment}${index}`, 3, layout.firstSegment + index));
    }
  }
  const additions = new Map<number, (section: WasmSection | undefined) => Piece | null>([
    [1, appendItems(bytes, types)],
    [3, appendItems(bytes, [leb(layout.helperType)])],
    [6, appendItems(bytes, [zero, [0x7f, 1, 0x41, 0, 0x0b], zero, ...segments.map(() => zero)])],
    [7, appendItems(bytes, exports)],
    [10, (section) => codeSection(section, bodies, helperBody(layout))],
  ]);
  if (profile) additions.set(4, appendItems(bytes, [[0x70, 1, 2, 2]]));
  return {
    ...assemble(bytes, info.sections, additions),
    counter: names.counter,
    exhausted: names.exhausted,
    profile: profile
      ? { table: names.table, segments, segmentName: (index) => `${names.segment}${index}` }
      : null,
  };
}

function codeSection(
  section: WasmSection | undefined,
  bodies: readonly ByteSink[],
  helper: readonly number[],
): Piece {
  // A module may offer nothing but functions it imports.
  const { start, end } = section ?? { start: 0, end: 0 };
  const total = bodies.reduce((sum, body) => sum + body.length + 5, 16 + helper.length);
  const sink = new ByteSink(new Uint8Array(0), total);
  sink.put(leb(bodies.length + 1), start);
  for (const body of bodies) {
    sink.put(leb(body.length), start);
    sink.append(body);
  }
  sink.put(helper, end);
  // Shifts of a piece count from its content: position in the content - position in the original's content.
  return {
    content: sink.bytes,
    shifts: sink.shifts.map(({ at, delta }) => ({ at, delta: delta + start })),
  };
}

/** Takes the local counter, writes it back and traps; `exhausted` tells this trap from others. */
function helperBody({ counter, exhausted }: Layout): number[] {
  const body = [0, 0x20, 0, 0x24, ...leb(counter), 0x41, 1, 0x24, ...leb(exhausted), 0x00, 0x0b];
  return [...leb(body.length), ...body];
}

/** Writes one function's body anew. */
class BodyWriter implements FuelVisitor {
  readonly #sink: ByteSink;
  readonly #bytes: Uint8Array;
  readonly #info: WasmModuleInfo;
  readonly #layout: Layout;
  readonly #functionIndex: number;
  readonly #segments: FuelSegment[] | null;
  readonly #type: FuncType;
  #positions: number[] = [];
  /** Instructions that read and write the counter of the function. */
  #get: readonly number[] = [];
  #set: readonly number[] = [];
  #copied = 0;

  constructor(
    bytes: Uint8Array,
    info: WasmModuleInfo,
    layout: Layout,
    functionIndex: number,
    segments: FuelSegment[] | null,
  ) {
    this.#bytes = bytes;
    this.#info = info;
    this.#layout = layout;
    this.#functionIndex = functionIndex;
    this.#segments = segments;
    this.#type = info.types[info.functions[functionIndex]!]!;
    this.#sink = new ByteSink(bytes, 64);
  }

  write(start: number, end: number): ByteSink {
    const reader = new WasmReader(this.#bytes, start, end);
    const groups = reader.u32();
    const groupsStart = reader.pos;
    let locals = this.#type.params.length;
    // wasmtime places what it does at the entry at the last group of locals.
    let entry = start;
    for (let i = 0; i < groups; i++) {
      entry = reader.pos;
      locals += reader.u32();
      readValueType(reader);
    }
    const { counter, helper, spare } = this.#layout;
    const full = locals >= MAX_LOCALS;
    const place = full ? leb(spare) : leb(locals);
    this.#get = [full ? 0x23 : 0x20, ...place];
    this.#set = [full ? 0x24 : 0x21, ...place];
    const sink = this.#sink;
    sink.put(leb(full ? groups : groups + 1), start);
    sink.copy(groupsStart, reader.pos);
    if (!full) sink.put([1, I64], entry);
    const get = this.#get;
    sink.put([0x23, ...leb(counter), 0x42, 1, 0x7c, ...this.#set, ...get, ...CHECK, ...get], entry);
    sink.put([0x10, ...leb(helper), 0x0b], entry);
    this.#hook(0, entry);
    sink.put([0x02, ...this.#blockType()], entry);
    this.#copied = reader.pos;
    walkFuel(this.#bytes, this.#info, reader.pos, end, this);
    return sink;
  }

  operator(at: number, cost: number): void {
    if (this.#segments !== null && cost > 0) this.#positions.push(at);
  }

  flush(cost: number, at: number): void {
    this.#copyTo(at);
    this.#sink.put([...this.#get, 0x42, ...sleb(BigInt(cost)), 0x7c, ...this.#set], at);
    if (this.#segments === null) return;
    const global = leb(this.#layout.firstSegment + this.#segments.length);
    this.#segments.push({ functionIndex: this.#functionIndex, positions: this.#positions });
    this.#positions = [];
    this.#sink.put([0x23, ...global, 0x42, 1, 0x7c, 0x24, ...global], at);
  }

  save(at: number): void {
    this.#copyTo(at);
    this.#sink.put([...this.#get, 0x24, ...leb(this.#layout.counter)], at);
    // Returns and tail calls; a call comes back, an unreachable does not.
    if ([0x0f, 0x12, 0x13].includes(this.#bytes[at]!)) this.#hook(1, at);
  }

  loop(at: number, after: number): void {
    this.#copyTo(after);
    const { helper } = this.#layout;
    this.#sink.put([...this.#get, ...CHECK, ...this.#get, 0x10, ...leb(helper), 0x0b], at);
  }

  called(after: number): void {
    this.#copyTo(after);
    this.#sink.put([0x23, ...leb(this.#layout.counter), ...this.#set], after);
  }

  end(at: number, reachable: boolean): void {
    // Closes the block around the body, to which branches out of the function lead.
    this.#copyTo(at);
    this.#sink.put([0x0b], at);
    if (reachable) {
      this.#sink.put([...this.#get, 0x24, ...leb(this.#layout.counter)], at);
      this.#hook(1, at);
    }
    this.#sink.put([0x0b], at);
    this.#copied = at + 1;
  }

  #hook(slot: number, at: number): void {
    if (this.#segments === null) return;
    const { hookType, hookTable } = this.#layout;
    this.#sink.put(
      [
        ...[0x41, ...sleb(BigInt(this.#functionIndex)), ...this.#get, 0xb9, 0x41, slot],
        ...[0x11, ...leb(hookType), ...leb(hookTable)],
      ],
      at,
    );
  }

  #blockType(): readonly number[] {
    const { results } = this.#type;
    if (results.length === 0) return [EMPTY_BLOCK];
    if (results.length === 1) return [VALUE_BYTE[results[0]!]];
    return sleb(BigInt(this.#layout.blockTypes.get(this.#info.functions[this.#functionIndex]!)!));
  }

  #copyTo(at: number): void {
    this.#sink.copy(this.#copied, at);
    this.#copied = at;
  }
}

/** `>= 0` of the i64 on the stack, and `if`. */
const CHECK = [0x42, 0, 0x59, 0x04, EMPTY_BLOCK];

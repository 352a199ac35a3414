/**
 * Bounds a module's memory. In a real SPU growing past the limit traps instead of returning -1, so every
 * `memory.grow` is replaced by a call to a small function, appended to the module, that checks first. The size
 * asked for is left in an exported global so that the trap can be told apart and explained. A start section is
 * turned into an export that the host calls first, because host functions need the exports while it runs. Tables,
 * which live in the host's heap, get a bound that only hostile modules meet.
 */
import type { CodeScan } from "./code.ts";
import {
  MAX_TABLE_ENTRIES,
  WASM_PAGE,
  type WasmLimits,
  type WasmModuleInfo,
  type WasmSection,
} from "./parse.ts";
import { concat, leb, sleb } from "./writer.ts";

/** Position shift of everything after `at` (an offset in the rewritten binary): original = position - delta. */
export interface OffsetShift {
  at: number;
  delta: number;
}

export interface LimitedModule {
  bytes: Uint8Array;
  /** Export name of the global holding the pages asked for (-1 when no growth was refused); null if nothing grows. */
  growGlobal: string | null;
  /** Export name of the table whose only entry is asked before a memory grows, with the bytes; null if nothing grows. */
  growTable: string | null;
  /** Export name of the former start function, to be called right after instantiation. */
  startExport: string | null;
  shifts: readonly OffsetShift[];
}

/** Value of the global while no growth was refused. */
export const NO_REFUSAL = -1n;

/** What V8 takes as a maximum of a memory, whatever its addresses. */
const MOST_V8_PAGES = 65_536n;

const PAGE_AS_F64 = new Uint8Array(Float64Array.of(WASM_PAGE).buffer);

/** Sums of sizes are clamped to this many pages, far beyond every address space, so that they cannot wrap. */
const MOST_PAGES = 1n << 56n;

/** Rewrites the module for a limit in bytes per memory. Needs the scan of its code. */
export function limitMemory(
  bytes: Uint8Array,
  info: WasmModuleInfo,
  scan: CodeScan,
  limit: number,
): LimitedModule {
  const memories = [...new Set(scan.growing.flatMap((body) => body.sites.map((site) => site.memory)))];
  const invalid = memories.some((memory) => memory >= info.memories.length);
  const tables = boundTables(info.tables);
  const maxima = boundMemories(info);
  const nothing = memories.length === 0 && info.start === null && tables === null && maxima === null;
  // An invalid module stays as it is: V8 says what is wrong with it.
  if (invalid || nothing) {
    return { bytes, growGlobal: null, growTable: null, startExport: null, shifts: [] };
  }
  const additions = new Map<number, Rewrite>();
  const exports: number[][] = [];
  let growGlobal: string | null = null;
  let growTable: string | null = null;
  let startExport: string | null = null;
  if (memories.length > 0) {
    growGlobal = freeName(info, "smdk:refused-growth");
    exports.push(exportItem(growGlobal, 3, info.globals));
    const table = info.importedTables + info.tables.length;
    growTable = freeName(info, "smdk:growth");
    exports.push(exportItem(growTable, 1, table));
    const hook = { type: info.types.length + memories.length, table };
    const helperOf = new Map(memories.map((memory, index) => [memory, info.functions.length + index]));
    const types = memories.map((memory) => {
      const type = info.memories[memory]!.wide ? 0x7e : 0x7f;
      return [0x60, 1, type, 1, type];
    });
    const typeIndices = memories.map((_, index) => leb(info.types.length + index));
    const helpers = memories.map((memory) => helperBody(memory, info, limit, hook));
    additions.set(1, appendItems(bytes, [...types, [0x60, 1, 0x7c, 0]]));
    additions.set(3, appendItems(bytes, typeIndices));
    additions.set(6, appendItems(bytes, [[0x7e, 1, 0x42, ...sleb(NO_REFUSAL), 0x0b]]));
    additions.set(10, (section) => rewriteCode(bytes, section!, scan, helperOf, helpers));
  }
  if (info.start !== null) {
    startExport = freeName(info, "smdk:start");
    exports.push(exportItem(startExport, 0, info.start));
    additions.set(8, () => null);
  }
  const hooks = growTable === null ? [] : [[0x70, 1, 1, 1]];
  if (maxima !== null) {
    const own = info.memories.slice(info.importedMemories);
    additions.set(5, (section) => rewriteLimits(bytes, section!, own, maxima));
  }
  if (tables !== null)
    additions.set(4, (section) => rewriteLimits(bytes, section!, info.tables, tables, hooks));
  else if (hooks.length > 0) additions.set(4, appendItems(bytes, hooks));
  if (exports.length > 0) additions.set(7, appendItems(bytes, exports));
  return { ...assemble(bytes, info.sections, additions), growGlobal, growTable, startExport };
}

/** New maxima that keep all tables together within the bound; null when they are within it already. */
function boundTables(tables: readonly WasmLimits[]): bigint[] | null {
  const sum = (sizes: readonly (bigint | null)[]): bigint | null =>
    sizes.reduce(
      (total, size) => (total === null || size === null ? null : total + size),
      0n as bigint | null,
    );
  const most = sum(tables.map(({ maximum }) => maximum));
  const least = sum(tables.map(({ initial }) => initial))!;
  const bound = BigInt(MAX_TABLE_ENTRIES);
  if ((most !== null && most <= bound) || least > bound) return null;
  const room = (bound - least) / BigInt(tables.length);
  return tables.map(({ initial, maximum }) =>
    maximum !== null && maximum <= initial + room ? maximum : initial + room,
  );
}

/** New maxima of the memories, when one is larger than V8 takes; no memory grows that far. */
function boundMemories(info: WasmModuleInfo): (bigint | null)[] | null {
  const own = info.memories.slice(info.importedMemories);
  if (!own.some(({ maximum }) => maximum !== null && maximum > MOST_V8_PAGES)) return null;
  return own.map(({ initial, maximum }) =>
    maximum === null || maximum <= MOST_V8_PAGES
      ? maximum
      : initial > MOST_V8_PAGES
        ? initial
        : MOST_V8_PAGES,
  );
}

/** Tables or memories with new maxima; null where there is none. `more` are added. */
function rewriteLimits(
  bytes: Uint8Array,
  section: WasmSection,
  items: readonly WasmLimits[],
  maxima: readonly (bigint | null)[],
  more: readonly (readonly number[])[] = [],
): Piece {
  const [count, afterCount] = readCount(bytes, section.start);
  const pieces: (Uint8Array | readonly number[])[] = [leb(count + more.length)];
  let copied = afterCount;
  for (const [index, { limitsStart, limitsEnd, initial }] of items.entries()) {
    const maximum = maxima[index] ?? null;
    if (maximum === null) continue;
    pieces.push(bytes.subarray(copied, limitsStart));
    pieces.push([bytes[limitsStart]! | 1, ...leb(initial), ...leb(maximum)]);
    copied = limitsEnd;
  }
  pieces.push(bytes.subarray(copied, section.end), ...more);
  return { content: concat(pieces), shifts: [] };
}

export function exportItem(name: string, kind: number, index: number): number[] {
  return [...leb(name.length), ...new TextEncoder().encode(name), kind, ...leb(index)];
}

/** The size in pages that was asked for, from what a helper left in the global; null when nothing was refused. */
export function decodeRefusal(value: bigint): bigint | null {
  return value === NO_REFUSAL ? null : value;
}

export interface Piece {
  content: Uint8Array;
  /** Shifts relative to the start of the content: [offset in the new content, extra bytes before it]. */
  shifts: OffsetShift[];
}

type Rewrite = (section: WasmSection | undefined) => Piece | null;

export function freeName(info: WasmModuleInfo, wanted: string): string {
  const taken = new Set(info.exports.map((item) => item.name));
  let name = wanted;
  while (taken.has(name)) name += "'";
  return name;
}

/**
 * The function called instead of `memory.grow`. When size + pages would pass the limit or the declared maximum it
 * leaves that sum in the global and traps. The host is asked last: it may know of more that has to fit.
 */
function helperBody(
  memory: number,
  info: WasmModuleInfo,
  limit: number,
  hook: { type: number; table: number },
): number[] {
  const { wide, maximum } = info.memories[memory]!;
  let max = BigInt(Math.floor(limit / WASM_PAGE));
  if (maximum !== null && maximum < max) max = maximum;
  const constant = (value: bigint): number[] => [0x42, ...sleb(value)];
  const pages = wide ? [0x20, 0] : [0x20, 0, 0xad];
  const size = [0x3f, ...leb(memory), ...(wide ? [] : [0xad])];
  const clamped = [...pages, ...constant(MOST_PAGES), ...pages, ...constant(MOST_PAGES), 0x54, 0x1b];
  const body = [
    ...[1, 1, 0x7e], // one i64 local: the sum
    ...[...clamped, ...size, 0x7c, 0x22, 1], // sum = min(pages, MOST_PAGES) + size
    ...[...constant(max), 0x56, 0x04, 0x40], // if sum > max
    ...[0x20, 1, 0x24, ...leb(info.globals), 0x00, 0x0b], // global = sum; unreachable; end
    ...[...pages, 0xba, 0x44, ...PAGE_AS_F64, 0xa2], // f64(pages) * page size
    ...[0x41, 0, 0x11, ...leb(hook.type), ...leb(hook.table)], // call_indirect
    ...[0x20, 0, 0x40, ...leb(memory), 0x0b], // memory.grow
  ];
  return [...leb(body.length), ...body];
}

/** Adds items to a counted section, or makes the section. */
export function appendItems(bytes: Uint8Array, items: readonly (readonly number[])[]) {
  return (section: WasmSection | undefined): Piece => {
    if (section === undefined) return { content: concat([leb(items.length), ...items]), shifts: [] };
    const [count, afterCount] = readCount(bytes, section.start);
    const prefix = leb(count + items.length);
    const old = bytes.subarray(afterCount, section.end);
    const delta = prefix.length - (afterCount - section.start);
    return {
      content: concat([prefix, old, ...items]),
      shifts: delta === 0 ? [] : [{ at: prefix.length, delta }],
    };
  };
}

function readCount(bytes: Uint8Array, at: number): [number, number] {
  let result = 0;
  let scale = 1;
  for (let pos = at; ; pos++) {
    const byte = bytes[pos]!;
    result += (byte & 0x7f) * scale;
    if (byte < 0x80) return [result, pos + 1];
    scale *= 128;
  }
}

function rewriteCode(
  bytes: Uint8Array,
  section: WasmSection,
  scan: CodeScan,
  helperOf: ReadonlyMap<number, number>,
  helpers: readonly (readonly number[])[],
): Piece {
  const [count, afterCount] = readCount(bytes, section.start);
  const pieces: (Uint8Array | readonly number[])[] = [];
  const shifts: OffsetShift[] = [];
  let written = 0;
  let copied = afterCount;
  let delta = 0;
  const put = (piece: Uint8Array | readonly number[]): void => {
    pieces.push(piece);
    written += piece.length;
  };
  const shift = (change: number): void => {
    if (change === 0) return;
    delta += change;
    shifts.push({ at: written, delta });
  };
  const prefix = leb(count + helpers.length);
  put(prefix);
  shift(prefix.length - (afterCount - section.start));

  for (const { index, sites } of scan.growing) {
    const body = scan.bodies[index]!;
    put(bytes.subarray(copied, body.sizeStart));
    const calls = sites.map((site) => [0x10, ...leb(helperOf.get(site.memory)!)]);
    const growth = sites.reduce((sum, site, i) => sum + calls[i]!.length - (site.end - site.start), 0);
    const size = leb(body.end - body.start + growth);
    put(size);
    shift(size.length - (body.start - body.sizeStart));
    copied = body.start;
    for (const [i, site] of sites.entries()) {
      put(bytes.subarray(copied, site.start));
      put(calls[i]!);
      shift(calls[i]!.length - (site.end - site.start));
      copied = site.end;
    }
  }
  put(bytes.subarray(copied, section.end));
  for (const helper of helpers) put(helper);
  return { content: concat(pieces), shifts };
}

const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

export function assemble(
  bytes: Uint8Array,
  sections: readonly WasmSection[],
  additions: ReadonlyMap<number, Rewrite>,
): { bytes: Uint8Array; shifts: OffsetShift[] } {
  const pieces: (Uint8Array | readonly number[])[] = [bytes.subarray(0, 8)];
  const shifts: OffsetShift[] = [];
  const pending = ORDER.filter((id) => additions.has(id) && !sections.some((section) => section.id === id));
  let written = 8;
  let delta = 0;
  const put = (piece: Uint8Array | readonly number[]): void => {
    pieces.push(piece);
    written += piece.length;
  };
  const addMissing = (before: number): void => {
    while (pending.length > 0 && ORDER.indexOf(pending[0]!) < before) {
      const id = pending.shift()!;
      const { content } = additions.get(id)!(undefined)!;
      const header = [id, ...leb(content.length)];
      put(header);
      put(content);
      delta += header.length + content.length;
      shifts.push({ at: written, delta });
    }
  };
  for (const section of sections) {
    if (section.id !== 0) addMissing(ORDER.indexOf(section.id));
    const rewrite = additions.get(section.id);
    if (rewrite === undefined) {
      put(bytes.subarray(section.headerStart, section.end));
      continue;
    }
    const piece = rewrite(section);
    if (piece === null) {
      delta -= section.end - section.headerStart;
      shifts.push({ at: written, delta });
      continue;
    }
    const { content, shifts: inner } = piece;
    const header = [section.id, ...leb(content.length)];
    const headerDelta = header.length - (section.start - section.headerStart);
    put(header);
    const base = delta + headerDelta;
    if (headerDelta !== 0) shifts.push({ at: written, delta: base });
    for (const { at, delta: extra } of inner) shifts.push({ at: written + at, delta: base + extra });
    put(content);
    delta += header.length + content.length - (section.end - section.headerStart);
    shifts.push({ at: written, delta });
  }
  addMissing(ORDER.length);
  return { bytes: concat(pieces), shifts };
}

/** Offset in the original module of an offset in the rewritten one. */
export function originalOffset(shifts: readonly OffsetShift[], offset: number): number {
  let low = 0;
  let high = shifts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (shifts[middle]!.at > offset) high = middle;
    else low = middle + 1;
  }
  return offset - (low === 0 ? 0 : shifts[low - 1]!.delta);
}

/**
 * Source maps of modules. For AssemblyScript one generated line, whose columns are offsets in the binary; for
 * JavaScript the map is of the bundle inside, and has no offsets: the module itself names places of its sources.
 */

/** A place in a source. Lines and columns count from 1. */
export interface SourcePosition {
  /** As the map names it: relative to the project, or starting with `~lib/` for libraries. */
  file: string;
  line: number;
  column: number;
}

/** Maps larger than this are not read. */
const MAX_MAP_LENGTH = 64 * 1024 * 1024;

interface RawMap {
  /** Set in the map of a script inside the module. */
  x_smdk_script?: unknown;
  sources?: unknown;
  sourcesContent?: unknown;
  mappings?: unknown;
}

export class WasmSourceMap {
  readonly sources: readonly string[];
  /** Whether the map is of a script inside the module: then it says nothing of offsets. */
  readonly isScript: boolean;
  readonly #contents: readonly (string | null)[];
  readonly #offsets: Uint32Array;
  /** Source, line and column (from 0) of each offset, interleaved. */
  readonly #places: Int32Array;

  /** Reads a version 3 map. Throws SyntaxError for what is none. */
  constructor(text: string) {
    if (text.length > MAX_MAP_LENGTH) throw new SyntaxError("the source map is too large");
    const map = JSON.parse(text) as RawMap | null;
    if (!Array.isArray(map?.sources) || typeof map.mappings !== "string") {
      throw new SyntaxError("not a source map");
    }
    this.sources = map.sources.map(String);
    const contents = Array.isArray(map.sourcesContent) ? map.sourcesContent : [];
    this.#contents = contents.map((content) => (typeof content === "string" ? content : null));
    this.isScript = map.x_smdk_script === true;
    const { offsets, places } = decodeMappings(this.isScript ? "" : map.mappings, this.sources.length);
    this.#offsets = offsets;
    this.#places = places;
  }

  /** The place an instruction comes from; null when the map has none at or before it. */
  at(offset: number): SourcePosition | null {
    const index = this.#indexAt(offset);
    return index < 0 ? null : this.#position(index);
  }

  /** The last place before an instruction, but not before `start`, that satisfies; null when there is none. */
  lastWithin(
    start: number,
    offset: number,
    satisfies: (place: SourcePosition) => boolean,
  ): SourcePosition | null {
    for (let index = this.#indexAt(offset); index >= 0 && this.#offsets[index]! >= start; index--) {
      const place = this.#position(index);
      if (place !== null && satisfies(place)) return place;
    }
    return null;
  }

  /** The first place behind an instruction, but before `end`, that satisfies; null when there is none. */
  nextWithin(
    offset: number,
    end: number,
    satisfies: (place: SourcePosition) => boolean,
  ): SourcePosition | null {
    for (let index = this.#indexAt(offset) + 1; index < this.#offsets.length; index++) {
      if (this.#offsets[index]! >= end) return null;
      const place = this.#position(index);
      if (place !== null && satisfies(place)) return place;
    }
    return null;
  }

  /** Index of the last entry at or before an offset; -1 when there is none. */
  #indexAt(offset: number): number {
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#offsets[middle]! > offset) high = middle;
      else low = middle + 1;
    }
    return low - 1;
  }

  /** The first place at or behind an offset and before another; null when there is none. */
  firstWithin(start: number, end: number): SourcePosition | null {
    const index = this.#offsets.findIndex((offset) => offset >= start);
    return index < 0 || this.#offsets[index]! >= end ? null : this.#position(index);
  }

  /** How many bytes between two offsets come from which file, piece by piece. */
  *spans(start: number, end: number): Generator<{ file: string; size: number }> {
    let index = Math.max(0, this.#indexAt(start));
    for (let at = start; at < end && index < this.#offsets.length; index++) {
      const next = Math.min(end, this.#offsets[index + 1] ?? end);
      if (next <= at) continue;
      const place = this.#offsets[index]! < end ? this.#position(index) : null;
      if (place !== null) yield { file: place.file, size: next - at };
      at = next;
    }
  }

  /** Text of a source, when the map carries it. */
  content(file: string): string | null {
    return this.#contents[this.sources.indexOf(file)] ?? null;
  }

  #position(index: number): SourcePosition | null {
    const [source = -1, line = 0, column = 0] = this.#places.subarray(index * 3, index * 3 + 3);
    const file = this.sources[source];
    return file === undefined ? null : { file, line: line + 1, column: column + 1 };
  }
}

const DIGITS = new Map(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((digit, value) => [
    digit.charCodeAt(0),
    value,
  ]),
);
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

function decodeMappings(mappings: string, sources: number): { offsets: Uint32Array; places: Int32Array } {
  const offsets: number[] = [];
  const places: number[] = [];
  const state = [0, 0, 0, 0];
  let at = 0;
  while (at < mappings.length) {
    const code = mappings.charCodeAt(at);
    // Everything lies on the first line of the "generated text".
    if (code === SEMICOLON) break;
    if (code === COMMA) {
      at++;
      continue;
    }
    let field = 0;
    for (; at < mappings.length && field < 5; field++) {
      let value = 0;
      let shift = 0;
      let digit: number | undefined;
      do {
        digit = DIGITS.get(mappings.charCodeAt(at++));
        if (digit === undefined || shift > 30) throw new SyntaxError("the source map has broken mappings");
        value += (digit & 31) * 2 ** shift;
        shift += 5;
      } while (digit & 32);
      if (field < 4) state[field]! += value & 1 ? -Math.floor(value / 2) : Math.floor(value / 2);
      const next = mappings.charCodeAt(at);
      if (next === COMMA || next === SEMICOLON) {
        field++;
        break;
      }
    }
    const [offset, source, line, column] = state as [number, number, number, number];
    if (field >= 4 && source >= 0 && source < sources) {
      offsets.push(offset);
      places.push(source, line, column);
    }
  }
  return { offsets: Uint32Array.from(offsets), places: Int32Array.from(places) };
}

// Reading of source maps (version 3): which place of which file a place of the bundle comes from.

/** A place in a source. Line and column count from 1. */
export interface SourcePlace {
  /** Index into the map's sources. */
  readonly source: number;
  readonly line: number;
  readonly column: number;
}

interface Mapping extends SourcePlace {
  /** Column in the bundle, from 1. */
  readonly at: number;
}

export interface SourceMap {
  /** Files, as the map names them. */
  readonly sources: readonly string[];
  /** Mappings of each line, in order. */
  readonly lines: readonly (readonly Mapping[])[];
}

const DIGITS = new Int8Array(128).fill(-1);
for (const [at, char] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries()) {
  DIGITS[char.charCodeAt(0)] = at;
}

/** Reads a map. */
export function readSourceMap(text: string): SourceMap {
  const { sources, mappings } = JSON.parse(text) as { sources: string[]; mappings: string };
  const lines: Mapping[][] = [[]];
  let current = lines[0] as Mapping[];
  let column = 0;
  let source = 0;
  let line = 0;
  let sourceColumn = 0;
  let at = 0;
  const number = (): number => {
    let value = 0;
    let shift = 0;
    for (;;) {
      const digit = DIGITS[mappings.charCodeAt(at++)] ?? -1;
      if (digit < 0) throw new TypeError("not a source map");
      value += (digit & 31) << shift;
      if (digit < 32) return value & 1 ? -(value >>> 1) : value >>> 1;
      shift += 5;
    }
  };
  while (at < mappings.length) {
    const char = mappings.charCodeAt(at);
    if (char === 0x3b) {
      current = [];
      lines.push(current);
      column = 0;
      at++;
    } else if (char === 0x2c) {
      at++;
    } else {
      column += number();
      if (DIGITS[mappings.charCodeAt(at)] === undefined || (DIGITS[mappings.charCodeAt(at)] as number) < 0)
        continue;
      source += number();
      line += number();
      sourceColumn += number();
      if (((DIGITS[mappings.charCodeAt(at)] ?? -1) as number) >= 0) number();
      current.push({ at: column + 1, source, line: line + 1, column: sourceColumn + 1 });
    }
  }
  return { sources, lines };
}

/** Where a place of the bundle (from 1) comes from; null when from nowhere. */
export function originOf(map: SourceMap, line: number, column: number): SourcePlace | null {
  const mappings = map.lines[line - 1] ?? [];
  let found: Mapping | null = null;
  for (const mapping of mappings) {
    if (mapping.at > column) break;
    found = mapping;
  }
  return found ?? mappings[0] ?? null;
}

/** From frames of a backtrace to places in the user's sources, with a code frame. */
import type { SmartModule } from "../module.ts";
import { declarationName } from "./declaration.ts";
import type { SourcePosition, WasmSourceMap } from "./source-map.ts";

/** One call of a backtrace, innermost first. */
export interface WasmFrame {
  functionIndex: number;
  /** Offset of the instruction in the module as it was loaded. */
  offset: number;
  /** From the name section; null without one. */
  name: string | null;
}

/** Where in the sources something happened. */
export interface SourceTrace {
  /** The innermost place in the user's own files. */
  location: SourcePosition;
  /** The lines around it, the place marked; empty when the map does not carry the text. */
  frame: string;
  /** All places in the user's files, innermost first. */
  stack: SourcePosition[];
}

/** Lines shown before and after the marked one. */
const BEFORE = 2;
const AFTER = 1;
const WIDTH = 160;
/** Characters of a message that are looked through. */
const MESSAGE_READ = 16_384;

/**
 * Finds the user's place; null without a source map, or when no frame lies in the user's files. JavaScript modules
 * name the place in the error's own text: `message`.
 */
export function locate(module: SmartModule, frames: readonly WasmFrame[], message = ""): SourceTrace | null {
  const map = module.sourceMap;
  if (map === null) return null;
  const stack = map.isScript ? placesIn(message, map.sources) : placesOf(module, map, frames);
  const [location] = stack;
  if (location === undefined) return null;
  return { location, frame: codeFrame(map.content(location.file), location), stack };
}

/** Places that end a line of a text, as in `too loud at filter (src/index.ts:3:11)`. */
function placesIn(message: string, sources: readonly string[]): SourcePosition[] {
  const places: SourcePosition[] = [];
  const place = / at (?:\S{1,200} \()?([^():\n]{1,300}):(\d{1,9}):(\d{1,9})\)?$/gm;
  for (const [, file, line, column] of message.slice(0, MESSAGE_READ).matchAll(place)) {
    if (sources.includes(file!)) places.push({ file: file!, line: Number(line), column: Number(column) });
  }
  return places;
}

function placesOf(module: SmartModule, map: WasmSourceMap, frames: readonly WasmFrame[]): SourcePosition[] {
  const stack: SourcePosition[] = [];
  for (const { functionIndex, offset } of frames) {
    const start = module.bodyStart(functionIndex) ?? offset;
    const end = module.bodyEnd(functionIndex) ?? offset;
    const here = map.lastWithin(start, offset, () => true);
    const place = here !== null && isUsers(here) ? here : callOfLibrary(map, start, offset, end);
    if (place !== null) stack.push(place);
  }
  return stack;
}

/**
 * Where the user called the code of a library that the compiler has put into the user's function. What looks behind it
 * whether something was thrown has the place of the call; but where a function of the user's is put into another one
 * only the last of such looks is left, that of the call of the inner one: then it is the place before.
 */
function callOfLibrary(
  map: WasmSourceMap,
  start: number,
  offset: number,
  end: number,
): SourcePosition | null {
  const before = map.lastWithin(start, offset, isUsers);
  const behind = map.nextWithin(offset, end, isUsers);
  if (before === null || behind === null) return before ?? behind;
  const inner = declarationName(map, before);
  if (inner === null || inner === declarationName(map, behind)) return behind;
  const line = map.content(behind.file)?.split("\n")[behind.line - 1] ?? "";
  return new RegExp(`(?<![\\w$])${inner.replaceAll("$", "\\$")}\\s*[(<]`).test(line.slice(behind.column - 1))
    ? before
    : behind;
}

/** Whether a place is in the user's own files, not in a library or in what the compiler writes. */
export function isUsers({ file }: { file: string }): boolean {
  return !file.startsWith("~lib/") && !file.endsWith("__smartmodule.ts");
}

function codeFrame(text: string | null, { line, column }: SourcePosition): string {
  if (text === null) return "";
  const lines = text.split(/\r?\n/);
  const last = Math.min(lines.length, line + AFTER);
  const gutter = String(last).length;
  const out: string[] = [];
  for (let number = Math.max(1, line - BEFORE); number <= last; number++) {
    const content = (lines[number - 1] ?? "").slice(0, WIDTH).trimEnd();
    out.push(`${number === line ? ">" : " "} ${String(number).padStart(gutter)} | ${content}`.trimEnd());
    if (number === line && column <= WIDTH) {
      const before = content.slice(0, column - 1).replace(/[^\t]/g, " ");
      out.push(`  ${" ".repeat(gutter)} | ${before}^`);
    }
  }
  return out.join("\n");
}

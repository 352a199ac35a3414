/** Names of functions for modules without a name section: from the declarations in their sources. */
import type { SourcePosition, WasmSourceMap } from "./source-map.ts";

/** Lines above a function's first instruction in which its declaration is looked for. */
const DECLARATION_LINES = 30;

/** Name of the function or method that a place belongs to, as far as the text of its file tells. */
export function declarationName(map: WasmSourceMap, { file, line }: SourcePosition): string | null {
  const text = map.content(file);
  if (text === null) return null;
  const lines = text.split("\n");
  for (let at = line; at > Math.max(0, line - DECLARATION_LINES); at--) {
    const found =
      /\bfunction\s+([\w$]+)/.exec(lines[at - 1] ?? "") ??
      /^\s*(?:@[\w.]+(?:\([^)]*\))?\s+)*(?:(?:static|private|public|protected|get|set)\s+)*([\w$]+)\s*(?:<[^(]*>)?\([^;]*\{\s*$/.exec(
        lines[at - 1] ?? "",
      );
    if (found !== null && !["if", "for", "while", "switch", "catch"].includes(found[1]!)) return found[1]!;
  }
  return null;
}

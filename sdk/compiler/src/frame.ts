// Code frames: a few lines of source with the place in question marked.

/** Line and column of a UTF-16 position, from 1. */
export function positionOf(text: string, index: number): { line: number; column: number } {
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  return { line, column: index - (before.lastIndexOf("\n") + 1) + 1 };
}

/** Lines shown before the marked one. */
const CONTEXT = 2;
/** Longer lines are cut around the mark. */
const WIDTH = 120;

/** The marked line with two before and one after it, numbered, `^` under the place. No colours. */
export function codeFrame(text: string, start: number, end: number): string {
  const lines = text.split(/\r?\n/);
  const { line, column } = positionOf(text, start);
  const first = Math.max(1, line - CONTEXT);
  const last = Math.min(lines.length, line + 1);
  const gutter = String(last).length;
  const shift = Math.max(0, column - WIDTH + 20);
  const frame: string[] = [];
  for (let number = first; number <= last; number++) {
    const content = (lines[number - 1] ?? "").slice(shift, shift + WIDTH).trimEnd();
    const mark = number === line ? ">" : " ";
    frame.push(`${mark} ${String(number).padStart(gutter)} | ${content}`.trimEnd());
    if (number === line) {
      const before = (lines[number - 1] ?? "").slice(shift, column - 1).replace(/[^\t]/g, " ");
      const rest = (lines[number - 1] ?? "").length - column + 1;
      const length = Math.max(1, Math.min(end - start, rest, WIDTH));
      frame.push(`  ${" ".repeat(gutter)} | ${before}${"^".repeat(length)}`);
    }
  }
  return frame.join("\n");
}

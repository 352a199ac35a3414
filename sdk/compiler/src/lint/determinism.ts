// Sources whose results depend on more than their records.

import type { Finding, SourceText } from "./findings.ts";
import { tokenize } from "./tokens.ts";

const CLOCK_HINT =
  "A replayed or retried batch gives another result. Use the record's own timestamp: `record.timestamp`.";
const RANDOM_HINT =
  "A replayed or retried batch gives another result. Derive it from the record, such as a hash of its key.";

const CLOCKS = new Set(["Date.now", "performance.now", "process.hrtime"]);
const CHANCES = new Set(["Math.random", "crypto.getRandomValues", "crypto.randomUUID"]);

/** Clock and chance. */
export function lintDeterminism(source: SourceText): Finding[] {
  const findings: Finding[] = [];
  const tokens = tokenize(source.text);
  for (const [index, token] of tokens.entries()) {
    const [dot, member] = [tokens[index + 1]?.text, tokens[index + 2]?.text];
    const previous = tokens[index - 1]?.text;
    if (token.kind !== "word") continue;
    if (previous === "." && tokens[index - 2]?.text !== "globalThis") continue;
    const call = dot === "." || dot === "?." ? `${token.text}.${member}` : "";
    const isWithout = dot === "(" ? member === ")" : previous === "new" && dot !== ".";
    const isDateCall = token.text === "Date" && isWithout;
    if (CLOCKS.has(call)) {
      findings.push(
        source.finding("SM201", token.start, `${call}() makes the result depend on the clock`, {
          hint: CLOCK_HINT,
        }),
      );
    } else if (isDateCall) {
      const isNew = previous === "new";
      const start = isNew ? tokens[index - 1]!.start : token.start;
      const message = `${isNew ? "new " : ""}Date() makes the result depend on the clock`;
      findings.push(source.finding("SM201", start, message, { hint: CLOCK_HINT }));
    } else if (CHANCES.has(call)) {
      findings.push(
        source.finding("SM202", token.start, `${call}() makes the result depend on chance`, {
          hint: RANDOM_HINT,
        }),
      );
    }
  }
  return findings;
}

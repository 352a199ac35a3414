// Writes the functions the engine calls, as AssemblyScript text around the user's handlers.

import type { AscSource } from "./asc.ts";
import type { Handler, Handlers, Kind } from "./handlers.ts";

/** Import path of the guest library. */
export const LIBRARY = "@smdk/assemblyscript";

/** Numbers of the kinds in an error (SmartModuleKind on the wire). */
const KIND_NUMBER: Readonly<Record<Kind, number>> = {
  filter: 0,
  map: 1,
  array_map: 2,
  aggregate: 3,
  filter_map: 4,
};

/** The loop of each kind: `handle` is the user's function, everything else the library's. */
function loop(handler: Handler, kind: Kind, hasReader: boolean): string {
  const number = KIND_NUMBER[kind];
  const each = (body: string): string => `${EACH_RECORD}
    ${body}
    if (checkThrown(${number})) break;
`;
  switch (kind) {
    case "filter":
      return `  beginFilter();
${EACH_RECORD}
    const keepIt = handle(record);
    if (checkFilterThrown()) break;
    if (keepIt) keep();
  }
  return closeFilter();`;
    case "map":
      return `  beginRecords();
${each("const result = handle(record);")}    putValue(result);
  }
  return closeRecords();`;
    case "filter_map":
      return `  beginRecords();
${each("const result = handle(record);")}    putOptional(result);
  }
  return closeRecords();`;
    case "array_map":
      return usesOutput(handler)
        ? `  beginRecords();
${EACH_RECORD}
    const mark = beginGroup();
    handle(record, out);
    if (checkGroupThrown(mark)) break;
  }
  return closeRecords();`
        : `  beginRecords();
${each("const result = handle(record);")}    putAll(result);
  }
  return closeRecords();`;
    case "aggregate":
      return `  beginAggregate();
  let state = ${hasReader ? `user.${STATE_READER}()` : `readState<${accumulatorType(handler)}>()`};
${EACH_RECORD}
    if (checkThrown(3)) break;
    const result = handle(state, record);
    if (checkThrown(3)) break;
    putState(result);
    state = nextState(result);
  }
  return closeAggregate();`;
  }
}

/** Makes one record after the other the current one. */
const EACH_RECORD = `  for (let left = recordCount(), at = firstRecord(); left > 0; --left) {
    at = enter(at);`;

/** Whether an `arrayMap` writes to an Output. One from another file is taken to return an array. */
function usesOutput(handler: Handler): boolean {
  return handler.signature?.parameters.length === 2;
}

/** Types of an accumulator that the glue can name. */
const PLAIN_STATE = /^(?:[iu](?:8|16|32|64|size)|f32|f64|bool|boolean|number|string|Bytes|Uint8Array)$/;

/** Name of the function that `stateReader` gives the text of. */
const STATE_READER = "__smdkState";

/**
 * A function for the user's file that reads the first accumulator, when the type is a class that only that file knows
 * the name of; null when the glue can name the type, or the handler is in another file.
 */
export function stateReader(found: Handlers, entry: AscSource): string | null {
  const handler = found.handlers.find(({ name }) => name === "aggregate");
  const type = handler?.signature?.parameters[0]?.type;
  if (handler === undefined || type === undefined || type.range.source !== entry) return null;
  const text = accumulatorType(handler);
  if (PLAIN_STATE.test(text)) return null;
  return `export function ${STATE_READER}(): ${text} { return __smdk_read_state<${text}>(); }`;
}

/** The type of an aggregate's first parameter, as written. */
function accumulatorType(handler: Handler): string {
  const range = handler.signature?.parameters[0]?.type.range;
  return range === undefined ? "string" : range.source.text.slice(range.start, range.end);
}

export interface GlueOptions {
  /** Whether the entry file was given the function of `stateReader`. */
  readonly hasStateReader: boolean;
  /** Whether the sources hold regular expressions. */
  readonly regexes: boolean;
  /** Name to export the function that is called in place of traps, or null when there can be none. */
  readonly faultExport: string | null;
}

/**
 * The text of the glue. `entry` is the import path of the user's entry file as seen from the glue's folder.
 */
export function writeGlue(found: Handlers, entry: string, options: GlueOptions): string {
  const lines: string[] = [`import * as user from ${JSON.stringify(entry)};`];
  lines.push(`import { enter, firstRecord, open, record, recordCount } from "${LIBRARY}/abi/frame";`);
  lines.push(
    `import { beginAggregate, beginCall, beginFilter, beginGroup, beginRecords, checkFilterThrown, checkGroupThrown, checkThrown, closeAggregate, closeFilter, closeInit, closeLookBack, closeRecords, keep, nextState, putAll, putOptional, putState, putValue, readState } from "${LIBRARY}/abi/write";`,
  );
  lines.push(`import { openInit } from "${LIBRARY}/abi/start";`);
  lines.push(`import { thrown } from "${LIBRARY}/rt/abort";`);
  lines.push(`import "${LIBRARY}/rt/seed";`);
  if (options.regexes) lines.push(`import "${LIBRARY}/regex";`);
  lines.push(`import { Bytes, Output } from "${LIBRARY}";`);
  lines.push(`export { alloc, dealloc } from "${LIBRARY}/abi/memory";`);
  if (options.faultExport !== null) {
    lines.push(`export { fault as ${options.faultExport} } from "${LIBRARY}/rt/abort";`);
  }
  for (const handler of found.handlers) lines.push("", writeFunction(handler, options.hasStateReader));
  return `${lines.join("\n")}\n`;
}

function writeFunction(handler: Handler, hasReader: boolean): string {
  const handle = `user.${handler.exportedAs}`;
  const head = `export function ${handler.name}(ptr: usize, length: i32, version: i32): i32 {\n  beginCall();\n`;
  if (handler.name === "init") {
    const call = handler.signature?.parameters.length === 0 ? "()" : "(params)";
    return `${head}  const params = openInit(ptr, length, version);
  if (params === null) return -10;
  ${handle}${call};
  return thrown ? closeInit() : 0;
}`;
  }
  if (handler.name === "look_back") {
    return `${head}  const code = open(ptr, length, version, -66, -66);
  if (code < 0) return code;
${EACH_RECORD}
    ${handle}(record);
    if (thrown) return closeLookBack();
  }
  return 0;
}`;
  }
  const badRecords = handler.name === "aggregate" ? -22 : -11;
  const body = loop(handler, handler.name, hasReader).replaceAll("handle", handle);
  const out = usesOutput(handler) && handler.name === "array_map" ? "const out = new Output();\n\n" : "";
  return `${out}${head}  const code = open(ptr, length, version, -11, ${badRecords});
  if (code < 0) return code;
${body}
}`;
}

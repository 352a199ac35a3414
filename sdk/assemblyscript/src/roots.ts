// Tells the memory manager when a global that holds an object is written: only then can an object of the call be reached
// from a global, and only then must all of them be looked through when the next call begins.

import type { Binaryen } from "./asc.ts";
import { type BinaryenApi, binaryenApi, type Ref } from "./binaryen.ts";
import { LIBRARY } from "./glue.ts";

/** The compiler's function that goes through all globals that hold objects. */
const VISIT_GLOBALS = "~lib/rt/__visit_globals";
const ROOTS_CHANGED = `~lib/${LIBRARY}/rt/region/rootsChanged`;

/** Adds a note behind each write of such a global, in a compiled module that is not yet optimised. */
export function noteChangedRoots(binaryen: Binaryen, module: Ref): void {
  const api = binaryenApi(binaryen);
  const functions = Array.from({ length: api.numFunctions(module) }, (_, i) =>
    api.functionByIndex(module, i),
  );
  const visitor = functions.find((ref) => api.functionName(ref) === VISIT_GLOBALS);
  if (visitor === undefined || api.getGlobal(module, ROOTS_CHANGED) === 0) return;
  const roots = new Set<string>();
  collectRead(api, api.body(visitor), roots);
  const rewrite = (expression: Ref): Ref => {
    api.mapChildren(expression, rewrite);
    const name = api.globalWritten(expression);
    if (name === null || !roots.has(name)) return expression;
    return api.block(module, [expression, api.globalSet(module, ROOTS_CHANGED, api.i32Const(module, 1))]);
  };
  for (const ref of functions) {
    const body = api.body(ref);
    if (body !== 0) api.setBody(ref, rewrite(body));
  }
}

function collectRead(api: BinaryenApi, expression: Ref, names: Set<string>): void {
  const name = api.globalRead(expression);
  if (name !== null) names.add(name);
  api.forEachChild(expression, (child) => collectRead(api, child, names));
}

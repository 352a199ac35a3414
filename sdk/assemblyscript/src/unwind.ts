// Makes `throw` return. The engine refuses wasm exceptions, so a throw could only trap; instead `abort` notes
// the message and sets `thrown`, and every function it can be reached from gets a check behind each call
// that may throw: `if (thrown) return`. The handlers' callers in the glue look at `thrown` themselves.

import type { Binaryen } from "./asc.ts";
import { type BinaryenApi, binaryenApi, type Ref } from "./binaryen.ts";
import { LIBRARY } from "./glue.ts";

const ABORT = `~lib/${LIBRARY}/rt/abort/abort`;
const THROWN = `~lib/${LIBRARY}/rt/abort/thrown`;

/**
 * Adds the checks to a compiled module, before it is optimised.
 * `gluePath` is the internal path of the generated file, whose functions are left alone.
 */
export function makeThrowsReturn(binaryen: Binaryen, module: Ref, gluePath: string): void {
  const api = binaryenApi(binaryen);
  if (api.getGlobal(module, THROWN) === 0) return;
  const functions = new Map<string, Ref>();
  for (let i = 0, n = api.numFunctions(module); i < n; ++i) {
    const ref = api.functionByIndex(module, i);
    functions.set(api.functionName(ref), ref);
  }
  const throwers = findThrowers(api, functions);
  for (const [name, ref] of functions) {
    if (!throwers.has(name) || name === ABORT || name.startsWith(`${gluePath}/`)) continue;
    new Rewriter(api, module, ref, throwers).run();
  }
}

/** Names of the functions from which `abort` can be reached. A call through the table may reach anything. */
function findThrowers(api: BinaryenApi, functions: ReadonlyMap<string, Ref>): ReadonlySet<string> {
  const callers = new Map<string, string[]>();
  const throwers = new Set<string>([ABORT]);
  for (const [name, ref] of functions) {
    const body = api.body(ref);
    if (body === 0) continue;
    const visit = (expression: Ref): void => {
      const target = api.callTarget(expression);
      if (target !== null) {
        const known = callers.get(target);
        if (known) known.push(name);
        else callers.set(target, [name]);
      } else if (api.isIndirectCall(expression)) {
        throwers.add(name);
      }
      api.forEachChild(expression, visit);
    };
    visit(body);
  }
  const work = [...throwers];
  for (let name = work.pop(); name !== undefined; name = work.pop()) {
    for (const caller of callers.get(name) ?? []) {
      if (throwers.has(caller)) continue;
      throwers.add(caller);
      work.push(caller);
    }
  }
  return throwers;
}

/** Rewrites one function. */
class Rewriter {
  readonly #api: BinaryenApi;
  readonly #module: Ref;
  readonly #function: Ref;
  readonly #throwers: ReadonlySet<string>;
  /** One local for each type of result that is held over a check; nested calls never hold two at once. */
  readonly #locals = new Map<number, number>();

  constructor(api: BinaryenApi, module: Ref, ref: Ref, throwers: ReadonlySet<string>) {
    this.#api = api;
    this.#module = module;
    this.#function = ref;
    this.#throwers = throwers;
  }

  run(): void {
    this.#api.setBody(this.#function, this.#rewrite(this.#api.body(this.#function)));
  }

  #rewrite(expression: Ref): Ref {
    const api = this.#api;
    api.mapChildren(expression, (child) => this.#rewrite(child));
    const target = api.callTarget(expression);
    if (target === ABORT) return api.block(this.#module, [expression, this.#return()]);
    if (target !== null ? this.#throwers.has(target) : api.isIndirectCall(expression)) {
      return this.#check(expression);
    }
    return expression;
  }

  /** The call, and a return when it has thrown. */
  #check(call: Ref): Ref {
    const api = this.#api;
    const type = api.typeOf(call);
    if (type === api.none || type === api.unreachable) {
      return api.block(this.#module, [call, this.#returnIfThrown()]);
    }
    const local = this.#local(type);
    return api.block(this.#module, [
      api.localSet(this.#module, local, call),
      this.#returnIfThrown(),
      api.localGet(this.#module, local, type),
    ]);
  }

  #returnIfThrown(): Ref {
    const api = this.#api;
    return api.ifThen(this.#module, api.globalGet(this.#module, THROWN, api.i32), this.#return());
  }

  /** Returns nothing or a zero: nobody will look at it. */
  #return(): Ref {
    const api = this.#api;
    const results = api.functionResults(this.#function);
    return api.returnWith(this.#module, results === api.none ? 0 : api.zero(this.#module, results));
  }

  #local(type: number): number {
    let local = this.#locals.get(type);
    if (local === undefined) {
      local = this.#api.addLocal(this.#function, type);
      this.#locals.set(type, local);
    }
    return local;
  }
}

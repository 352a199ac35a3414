// Makes `throw` return. The engine refuses wasm exceptions, so a throw could only trap; instead `abort` notes
// the message and sets `thrown`, and every function it can be reached from gets a check behind each call
// that may throw: `if (thrown) return`. The handlers' callers in the glue look at `thrown` themselves.

import type { AscRange, Binaryen } from "./asc.ts";
import { type BinaryenApi, binaryenApi, type Division, type Ref } from "./binaryen.ts";
import { LIBRARY } from "./glue.ts";

const ABORT = `~lib/${LIBRARY}/rt/abort/abort`;
const FAULT = `~lib/${LIBRARY}/rt/abort/fault`;
/** Under this name the glue exports the function above, so that it is compiled; the pass takes it away. */
export const FAULT_EXPORT = "__fault";
/** What it is told. */
const [OVERFLOW, BY_ZERO, UNREACHABLE] = [0, 1, 2] as const;
const THROWN = `~lib/${LIBRARY}/rt/abort/thrown`;

/** Where an expression of a function comes from; null when nobody knows. */
export type PlaceOf = (functionName: string, expression: Ref) => AscRange | null;

/**
 * Adds the checks to a compiled module, before it is optimised. Integer divisions by zero and the
 * user's `unreachable()`, which would trap, become throws too if the module has what they call (`FAULT_EXPORT`).
 * `gluePath` is the internal path of the generated file, whose functions are left alone.
 */
export function makeThrowsReturn(binaryen: Binaryen, module: Ref, gluePath: string, placeOf: PlaceOf): void {
  const api = binaryenApi(binaryen);
  if (api.getGlobal(module, THROWN) === 0) return;
  const functions = new Map<string, Ref>();
  for (let i = 0, n = api.numFunctions(module); i < n; ++i) {
    const ref = api.functionByIndex(module, i);
    functions.set(api.functionName(ref), ref);
  }
  const guards = functions.has(FAULT);
  const throwers = findThrowers(api, functions, guards);
  for (const [name, ref] of functions) {
    if (!throwers.has(name) || name === ABORT || name.startsWith(`${gluePath}/`)) continue;
    const place = (expression: Ref): AscRange | null => placeOf(name, expression);
    new Rewriter(api, module, ref, throwers, guards, place).run();
  }
  if (guards) api.removeExport(module, FAULT_EXPORT);
}

/** Names of the functions from which `abort` can be reached. A call through the table may reach anything. */
function findThrowers(
  api: BinaryenApi,
  functions: ReadonlyMap<string, Ref>,
  guards: boolean,
): ReadonlySet<string> {
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
      } else if (
        api.isIndirectCall(expression) ||
        (guards &&
          (api.riskyDivision(expression) !== null || (isUser(name) && api.isUnreachable(expression))))
      ) {
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

/** Whether a function is the user's own, and no library's. */
function isUser(name: string): boolean {
  return !name.startsWith("~lib/");
}

/** Rewrites one function. */
class Rewriter {
  readonly #api: BinaryenApi;
  readonly #module: Ref;
  readonly #function: Ref;
  readonly #throwers: ReadonlySet<string>;
  readonly #guards: boolean;
  readonly #isUser: boolean;
  readonly #placeOf: (expression: Ref) => AscRange | null;
  /** One local for each type of result that is held over a check; nested calls never hold two at once. */
  readonly #locals = new Map<number, number>();

  constructor(
    api: BinaryenApi,
    module: Ref,
    ref: Ref,
    throwers: ReadonlySet<string>,
    guards: boolean,
    placeOf: (expression: Ref) => AscRange | null,
  ) {
    this.#placeOf = placeOf;
    this.#api = api;
    this.#module = module;
    this.#function = ref;
    this.#throwers = throwers;
    this.#guards = guards;
    this.#isUser = isUser(api.functionName(ref));
  }

  run(): void {
    this.#api.setBody(this.#function, this.#rewrite(this.#api.body(this.#function)));
  }

  /** `outer` is the place of what is around it: the compiler notes none of calls whose result nobody wants. */
  #rewrite(expression: Ref, outer: AscRange | null = null): Ref {
    const api = this.#api;
    const place = this.#isUser ? (this.#placeOf(expression) ?? outer) : null;
    api.mapChildren(expression, (child) => this.#rewrite(child, place));
    const target = api.callTarget(expression);
    if (target === ABORT) return api.block(this.#module, [expression, this.#return()]);
    if (target !== null ? this.#throwers.has(target) : api.isIndirectCall(expression)) {
      return this.#check(expression, place);
    }
    if (this.#guards && this.#isUser && api.isUnreachable(expression))
      return this.#fault(UNREACHABLE, expression);
    const division = this.#guards ? api.riskyDivision(expression) : null;
    return division === null ? expression : this.#guard(expression, division);
  }

  /** The division behind a look at its operands. */
  #guard(expression: Ref, { left, right, type, canOverflow }: Division): Ref {
    const api = this.#api;
    const module = this.#module;
    // Locals of its own: the right operand may hold another division.
    const leftLocal = api.addLocal(this.#function, type);
    const rightLocal = api.addLocal(this.#function, type);
    const getLeft = (): Ref => api.localGet(module, leftLocal, type);
    const getRight = (): Ref => api.localGet(module, rightLocal, type);
    const steps = [
      api.localSet(module, leftLocal, left),
      api.localSet(module, rightLocal, right),
      api.ifThen(module, api.isZero(module, getRight(), type), this.#fault(BY_ZERO, expression)),
    ];
    if (canOverflow) {
      steps.push(
        api.ifThen(
          module,
          api.overflows(module, getLeft(), getRight(), type),
          this.#fault(OVERFLOW, expression),
        ),
      );
    }
    api.setOperands(expression, getLeft(), getRight());
    return api.block(module, [...steps, expression]);
  }

  /** What is done in place of an expression that would trap. */
  #fault(what: number, expression: Ref): Ref {
    const api = this.#api;
    const call = api.call(this.#module, FAULT, [api.i32Const(this.#module, what)]);
    this.#setPlace(call, this.#placeOf(expression));
    return api.block(this.#module, [call, this.#return()]);
  }

  /** The call, and a return when it has thrown. */
  #check(call: Ref, place: AscRange | null): Ref {
    const api = this.#api;
    const type = api.typeOf(call);
    // The call may become the code of a library: what is behind it tells where the user called.
    const check = this.#returnIfThrown(place);
    if (type === api.none || type === api.unreachable) return api.block(this.#module, [call, check]);
    const local = this.#local(type);
    return api.block(this.#module, [
      api.localSet(this.#module, local, call),
      check,
      api.localGet(this.#module, local, type),
    ]);
  }

  #returnIfThrown(place: AscRange | null): Ref {
    const api = this.#api;
    const thrown = api.globalGet(this.#module, THROWN, api.i32);
    const check = api.ifThen(this.#module, thrown, this.#return());
    for (const part of [thrown, check]) this.#setPlace(part, place);
    return check;
  }

  #setPlace(expression: Ref, place: AscRange | null): void {
    if (place === null || place.source.debugInfoIndex < 0) return;
    const line = place.source.lineAt(place.start);
    const column = place.source.columnAt() - 1;
    this.#api.setPlace(this.#function, expression, place.source.debugInfoIndex, line, column);
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

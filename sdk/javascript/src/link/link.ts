// Puts modules together to one. The first of them that has a memory lends it to the others, and what one imports
// another one exports. Functions that nothing can reach are left out.

import { type Export, Reader, SECTION, type Section, Writer, writeExports, writeSections } from "../wasm.ts";
import { LinkError, type Renumbering, renumberBody, renumberConstant, usesOf, zeros } from "./code.ts";
import { type FunctionType, KIND, type ModuleImport, type ParsedModule, typeText } from "./module.ts";

/** A module that takes part. */
export interface Part {
  readonly module: ParsedModule;
  /** Whether its memory.size and memory.grow are calls of the plan's functions. */
  readonly isGuest: boolean;
}

/** Where an import leads. */
export type Target =
  /** To an export of the part with that number. */
  | { readonly part: number; readonly name: string }
  /** To the host. */
  | { readonly module: string; readonly name: string }
  /** To a function that does nothing and returns this for every result. */
  | { readonly constant: number }
  /** To one of the plan's own functions. */
  | { readonly made: string };

/** A function that the plan brings along. */
export interface Made {
  readonly type: FunctionType;
  /** Functions it calls, by part and number: they stay. */
  readonly uses: readonly { readonly part: number; readonly function: number }[];
  /** Writes its instructions with the `end`. */
  write(to: Writer, numbers: Numbers): void;
}

/** Numbers in the new module. */
export interface Numbers {
  function(part: number, index: number): number;
  global(part: number, index: number): number;
  data(part: number, index: number): number;
  type(type: FunctionType): number;
  /** Constant instructions of a part, with `end`. */
  constant(part: number, expression: Uint8Array): Uint8Array;
}

export interface Plan {
  readonly parts: readonly Part[];
  /** Where a function or a global that a part imports comes from. */
  resolve(part: number, entry: ModuleImport, type: FunctionType | null): Target;
  readonly made: Readonly<Record<string, Made>>;
  readonly exports: readonly PlannedExport[];
  /** Whether to export every mutable global as `global:NUMBER`, for snapshots. */
  readonly exposeGlobals?: boolean;
  /** Pages that the memory starts with, when they differ from what the owner asks for. */
  readonly pages?: number;
  /** Export of a part that stands for memory.size and memory.grow in guests. */
  readonly memory: { readonly part: number; readonly size: string; readonly grow: string };
  /**
   * With it, the guests' data goes nowhere by itself, dropping of segments does nothing, and `unreachable` leaves
   * all functions one after the other: it sets the named global to `abort`, and calls return while it is not zero.
   */
  readonly restart: {
    readonly part: number;
    readonly global: string;
    readonly abort: number;
    /** Exports of that part that may set the global. */
    readonly exits: readonly string[];
  } | null;
}

/** An export of the new module: the named one of a part, or a made function. */
export type PlannedExport =
  | { readonly name: string; readonly part: number; readonly from: string }
  | { readonly name: string; readonly made: string };

/** A function of the new module. */
type Node =
  | { readonly kind: "import"; readonly module: string; readonly name: string; readonly type: FunctionType }
  | { readonly kind: "defined"; readonly part: number; readonly index: number }
  | { readonly kind: "constant"; readonly type: FunctionType; readonly value: number }
  | { readonly kind: "made"; readonly name: string };

/** Links. Throws `LinkError` when parts do not fit. */
export function link(plan: Plan): Uint8Array {
  return new Linker(plan).write();
}

/** The first export of a kind with that name. */
export function findExport(module: ParsedModule, name: string, kind: number): Export | undefined {
  return module.exports.find((entry) => entry.name === name && entry.kind === kind);
}

/** Type of a function by its number. */
export function typeOf(module: ParsedModule, index: number): FunctionType {
  const type = module.types[module.functions[index] as number];
  if (type === undefined) throw new LinkError("it has a function without a type");
  return type;
}

class Linker {
  readonly #plan: Plan;
  readonly #nodes: Node[] = [];
  readonly #numberOfKey = new Map<string, number>();
  readonly #resolved: (number | undefined)[][];
  readonly #types: FunctionType[] = [];
  readonly #typeNumbers = new Map<string, number>();
  /** Position in the new module by node. */
  #positions: number[] = [];
  #mayExit: boolean[] = [];
  readonly #tableBase: number[] = [];
  readonly #globalBase: number[] = [];
  readonly #elementBase: number[] = [];
  readonly #dataBase: number[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#resolved = plan.parts.map(() => []);
    let [tables, globals, elements, data] = [0, 0, 0, 0];
    for (const { module } of plan.parts) {
      this.#tableBase.push(tables);
      this.#globalBase.push(globals);
      this.#elementBase.push(elements);
      this.#dataBase.push(data);
      if (module.importedTables > 0) throw new LinkError("it imports a table");
      tables += module.tables.length;
      globals += module.globals.length;
      elements += module.elements.length;
      data += module.data.length;
    }
  }

  #node(key: string, node: Node): number {
    let number = this.#numberOfKey.get(key);
    if (number === undefined) {
      number = this.#nodes.push(node) - 1;
      this.#numberOfKey.set(key, number);
    }
    return number;
  }

  #module(part: number): ParsedModule {
    return (this.#plan.parts[part] as Part).module;
  }

  /** The node behind a part's function number. */
  #function(part: number, index: number): number {
    const known = this.#resolved[part]?.[index];
    if (known !== undefined) return known;
    const module = this.#module(part);
    let node: number;
    if (index >= module.importedFunctions) {
      node = this.#node(`${part} ${index}`, { kind: "defined", part, index });
    } else {
      const entry = module.imports.find((each) => each.kind === KIND.function && each.index === index);
      if (entry === undefined) throw new LinkError("it calls a function that does not exist");
      const type = typeOf(module, index);
      node = this.#target(part, entry, type);
      const found = typeText(this.#typeOf(node));
      if (found !== typeText(type)) {
        throw new LinkError(
          `it imports ${entry.module}.${entry.name} as ${typeText(type)}, but it is ${found}`,
        );
      }
    }
    (this.#resolved[part] as (number | undefined)[])[index] = node;
    return node;
  }

  #target(part: number, entry: ModuleImport, type: FunctionType): number {
    const target = this.#plan.resolve(part, entry, type);
    if ("made" in target) return this.#node(`made ${target.made}`, { kind: "made", name: target.made });
    if ("constant" in target) {
      const key = `constant ${target.constant} ${typeText(type)}`;
      return this.#node(key, { kind: "constant", type, value: target.constant });
    }
    if ("module" in target) {
      const { module, name } = target;
      return this.#node(`import ${module} ${name}`, { kind: "import", module, name, type });
    }
    return this.#exported(target.part, target.name);
  }

  #exported(part: number, name: string): number {
    const found = findExport(this.#module(part), name, KIND.function);
    if (found === undefined) throw new LinkError(`nothing exports ${name}`);
    return this.#function(part, found.index);
  }

  #typeOf(node: number): FunctionType {
    const found = this.#nodes[node] as Node;
    if (found.kind === "defined") return typeOf(this.#module(found.part), found.index);
    if (found.kind === "made") return (this.#plan.made[found.name] as Made).type;
    return found.type;
  }

  #typeNumber(type: FunctionType): number {
    const key = typeText(type);
    let number = this.#typeNumbers.get(key);
    if (number === undefined) {
      number = this.#types.push(type) - 1;
      this.#typeNumbers.set(key, number);
    }
    return number;
  }

  /** All that can be reached, each with what it calls. */
  #reach(): Map<number, Reached> {
    const plan = this.#plan;
    const found = new Map<number, Reached>();
    const waiting: number[] = [];
    const inTables: number[] = [];
    for (const entry of plan.exports) {
      if ("made" in entry) waiting.push(this.#node(`made ${entry.made}`, { kind: "made", name: entry.made }));
      else if (findExport(this.#module(entry.part), entry.from, KIND.function))
        waiting.push(this.#exported(entry.part, entry.from));
    }
    for (const [part, { module, isGuest }] of plan.parts.entries()) {
      if (isGuest) {
        for (const name of [plan.memory.size, plan.memory.grow])
          waiting.push(this.#exported(plan.memory.part, name));
      }
      const constants = [
        ...module.globals.map((global) => global.value),
        ...module.elements.flatMap(({ items }) => items.filter((item) => typeof item !== "number")),
      ];
      for (const each of constants) {
        const used = functionOf(each);
        if (used !== null) inTables.push(this.#function(part, used));
      }
      for (const { items } of module.elements) {
        for (const item of items) if (typeof item === "number") inTables.push(this.#function(part, item));
      }
    }
    waiting.push(...inTables);
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (found.has(node)) continue;
      const calls: number[] = [];
      let callsIndirectly = false;
      let isUnreachable = false;
      const entry = this.#nodes[node] as Node;
      if (entry.kind === "defined") {
        const module = this.#module(entry.part);
        const body = module.bodies[entry.index - module.importedFunctions] as Uint8Array;
        const uses = usesOf(new Reader(body));
        for (const index of uses.functions) calls.push(this.#function(entry.part, index));
        ({ callsIndirectly, isUnreachable } = uses);
      } else if (entry.kind === "made") {
        for (const use of (plan.made[entry.name] as Made).uses)
          calls.push(this.#function(use.part, use.function));
      }
      found.set(node, { calls, callsIndirectly, isUnreachable });
      waiting.push(...calls);
    }
    return found;
  }

  /** Functions after whose call the program may be on its way out. */
  #findExits(reached: ReadonlyMap<number, Reached>): void {
    const { restart, parts } = this.#plan;
    this.#mayExit = this.#nodes.map(() => false);
    if (restart === null) return;
    const callers = new Map<number, number[]>();
    const indirect: number[] = [];
    const waiting: number[] = restart.exits.map((name) => this.#exported(restart.part, name));
    for (const [node, { calls, callsIndirectly, isUnreachable }] of reached) {
      const entry = this.#nodes[node] as Node;
      if (entry.kind === "defined" && !(parts[entry.part] as Part).isGuest) continue;
      for (const callee of calls) {
        const known = callers.get(callee);
        if (known === undefined) callers.set(callee, [node]);
        else known.push(node);
      }
      if (callsIndirectly) indirect.push(node);
      if (isUnreachable) waiting.push(node);
    }
    let first = true;
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      if (this.#mayExit[node]) continue;
      this.#mayExit[node] = true;
      waiting.push(...(callers.get(node) ?? []));
      // Any function may be one of a table.
      if (first) waiting.push(...indirect);
      first = false;
    }
  }

  write(): Uint8Array {
    const reached = this.#reach();
    this.#findExits(reached);
    const order = [...reached.keys()].sort((a, b) => this.#rank(a) - this.#rank(b) || a - b);
    this.#positions = [];
    for (const [at, node] of order.entries()) this.#positions[node] = at;
    const imported = order.filter((node) => this.#nodes[node]?.kind === "import");
    const own = order.slice(imported.length);
    const numbers = this.#numbers();

    const imports = new Writer();
    imports.u32(imported.length);
    for (const node of imported) {
      const entry = this.#nodes[node] as Extract<Node, { kind: "import" }>;
      imports.name(entry.module);
      imports.name(entry.name);
      imports.byte(KIND.function);
      imports.u32(this.#typeNumber(entry.type));
    }
    const functions = new Writer();
    functions.u32(own.length);
    for (const node of own) functions.u32(this.#typeNumber(this.#typeOf(node)));
    const code = new Writer();
    code.u32(own.length);
    for (const node of own) {
      const body = this.#body(node, numbers);
      code.u32(body.length);
      code.bytes(body);
    }
    const [tables, globals] = [this.#tables(), this.#globals()];
    const exports = this.#exports();
    const [elements, data, dataCount] = [this.#elements(), this.#data(), this.#dataCount()];
    // Last, since everything else may have added types.
    const types = new Writer();
    types.u32(this.#types.length);
    for (const { params, results } of this.#types) {
      types.byte(0x60);
      for (const list of [params, results]) {
        types.u32(list.length);
        for (const type of list) types.byte(type);
      }
    }
    const sections: Section[] = [
      { id: 1, content: types.done() },
      { id: SECTION.import, content: imports.done() },
      { id: 3, content: functions.done() },
      { id: SECTION.table, content: tables },
      { id: SECTION.memory, content: this.#memory() },
      { id: SECTION.global, content: globals },
      { id: SECTION.export, content: writeExports(exports) },
      { id: SECTION.element, content: elements },
      { id: SECTION.dataCount, content: dataCount },
      { id: SECTION.code, content: code.done() },
      { id: SECTION.data, content: data },
    ];
    return writeSections(sections.filter(({ content }) => content[0] !== 0));
  }

  /** Imports come first, then the parts' functions in their order. */
  #rank(node: number): number {
    const entry = this.#nodes[node] as Node;
    if (entry.kind === "import") return -1;
    return entry.kind === "defined" ? entry.part * 1e7 + entry.index : 1e12;
  }

  #numbers(): Numbers {
    return {
      function: (part, index) => this.#positions[this.#function(part, index)] as number,
      global: (part, index) => this.#global(part, index),
      data: (part, index) => (this.#dataBase[part] as number) + index,
      type: (type) => this.#typeNumber(type),
      constant: (part, expression) => {
        const to = new Writer();
        renumberConstant(new Reader(expression), to, this.#renumbering(part, null));
        return to.done();
      },
    };
  }

  #global(part: number, index: number): number {
    const module = this.#module(part);
    if (index >= module.importedGlobals) {
      return (this.#globalBase[part] as number) + index - module.importedGlobals;
    }
    const entry = module.imports.find((each) => each.kind === KIND.global && each.index === index);
    const target = entry && this.#plan.resolve(part, entry, null);
    if (target === undefined || !("part" in target)) throw new LinkError("it imports a global");
    const found = findExport(this.#module(target.part), target.name, KIND.global);
    if (found === undefined) throw new LinkError(`nothing exports the global ${target.name}`);
    return this.#global(target.part, found.index);
  }

  #renumbering(part: number, returned: readonly number[] | null): Renumbering {
    const { restart, memory, parts } = this.#plan;
    const { module, isGuest } = parts[part] as Part;
    const position = (name: string): number => this.#positions[this.#exported(memory.part, name)] as number;
    const leave = isGuest && restart !== null && returned !== null ? this.#leave(restart, returned) : null;
    return {
      type: (index) => this.#typeNumber(module.types[index] as FunctionType),
      function: (index) => this.#positions[this.#function(part, index)] as number,
      table: (index) => (this.#tableBase[part] as number) + index,
      global: (index) => this.#global(part, index),
      element: (index) => (this.#elementBase[part] as number) + index,
      data: (index) => (this.#dataBase[part] as number) + index,
      memory: isGuest ? { size: position(memory.size), grow: position(memory.grow) } : null,
      keepSegments: isGuest && restart !== null,
      unreachable: leave?.abort ?? null,
      afterCall: (index) =>
        leave !== null && (index === null || this.#mayExit[this.#function(part, index)])
          ? leave.afterCall
          : null,
    };
  }

  /** Instructions for leaving a function with these results. */
  #leave(
    restart: NonNullable<Plan["restart"]>,
    results: readonly number[],
  ): { abort: Uint8Array; afterCall: Uint8Array } {
    const found = findExport(this.#module(restart.part), restart.global, KIND.global);
    if (found === undefined) throw new LinkError(`nothing exports the global ${restart.global}`);
    const global = this.#global(restart.part, found.index);
    const abort = new Writer();
    abort.byte(0x41);
    abort.signed(BigInt(restart.abort));
    abort.byte(0x24);
    abort.u32(global);
    abort.bytes(zeros(results));
    abort.byte(0x0f);
    const after = new Writer();
    after.byte(0x23);
    after.u32(global);
    after.bytes(Uint8Array.of(0x04, 0x40));
    after.bytes(zeros(results));
    after.bytes(Uint8Array.of(0x0f, 0x0b));
    return { abort: abort.done(), afterCall: after.done() };
  }

  #body(node: number, numbers: Numbers): Uint8Array {
    const entry = this.#nodes[node] as Node;
    const to = new Writer();
    if (entry.kind === "defined") {
      const module = this.#module(entry.part);
      const body = module.bodies[entry.index - module.importedFunctions] as Uint8Array;
      const { results } = typeOf(module, entry.index);
      renumberBody(new Reader(body), to, this.#renumbering(entry.part, results));
    } else if (entry.kind === "made") {
      to.u32(0);
      (this.#plan.made[entry.name] as Made).write(to, numbers);
    } else if (entry.kind === "constant") {
      to.u32(0);
      for (const type of entry.type.results) {
        if (type === 0x7f) {
          to.byte(0x41);
          to.signed(BigInt(entry.value));
        } else to.bytes(zeros([type]));
      }
      to.byte(0x0b);
    }
    return to.done();
  }

  #tables(): Uint8Array {
    const all = this.#plan.parts.flatMap(({ module }) => module.tables);
    const to = new Writer();
    to.u32(all.length);
    for (const table of all) to.bytes(table);
    return to.done();
  }

  #memory(): Uint8Array {
    const owner = this.#plan.parts.find(({ module }) => module.memory !== null)?.module.memory;
    if (!owner) throw new LinkError("it has no memory");
    const to = new Writer();
    to.u32(1);
    to.byte(0);
    to.u32(this.#plan.pages ?? owner.minimum);
    return to.done();
  }

  #globals(): Uint8Array {
    const to = new Writer();
    to.u32(this.#plan.parts.reduce((sum, { module }) => sum + module.globals.length, 0));
    for (const [part, { module }] of this.#plan.parts.entries()) {
      for (const { type, mutable, value } of module.globals) {
        to.byte(type);
        to.byte(mutable ? 1 : 0);
        renumberConstant(new Reader(value), to, this.#renumbering(part, null));
      }
    }
    return to.done();
  }

  #exports(): Export[] {
    const named = this.#plan.exports.map((entry): Export => {
      if ("made" in entry) {
        const node = this.#node(`made ${entry.made}`, { kind: "made", name: entry.made });
        return { name: entry.name, kind: KIND.function, index: this.#positions[node] as number };
      }
      const { name, part, from } = entry;
      const found = this.#module(part).exports.find((each) => each.name === from);
      if (found === undefined) throw new LinkError(`nothing exports ${from}`);
      if (found.kind === KIND.memory) return { name, kind: KIND.memory, index: 0 };
      if (found.kind === KIND.table) {
        return { name, kind: KIND.table, index: (this.#tableBase[part] as number) + found.index };
      }
      if (found.kind === KIND.global)
        return { name, kind: KIND.global, index: this.#global(part, found.index) };
      return { name, kind: KIND.function, index: this.#positions[this.#exported(part, from)] as number };
    });
    if (!this.#plan.exposeGlobals) return named;
    const mutable = this.#plan.parts.flatMap(({ module }, part) =>
      module.globals.flatMap((global, at): Export[] => {
        const index = (this.#globalBase[part] as number) + at;
        return global.mutable ? [{ name: `global:${index}`, kind: KIND.global, index }] : [];
      }),
    );
    return [...named, ...mutable];
  }

  #elements(): Uint8Array {
    const to = new Writer();
    to.u32(this.#plan.parts.reduce((sum, { module }) => sum + module.elements.length, 0));
    for (const [part, { module }] of this.#plan.parts.entries()) {
      const map = this.#renumbering(part, null);
      for (const { mode, table, offset, type, items } of module.elements) {
        const hasExpressions = items.some((item) => typeof item !== "number") || type !== 0x70;
        const expressions = hasExpressions ? 4 : 0;
        to.u32((mode === 0 ? 2 : mode === 1 ? 1 : 3) | expressions);
        if (mode === 0) {
          to.u32(map.table(table));
          renumberConstant(new Reader(offset), to, map);
        }
        to.byte(hasExpressions ? type : 0);
        to.u32(items.length);
        for (const item of items) {
          if (typeof item === "number") to.u32(map.function(item));
          else renumberConstant(new Reader(item), to, map);
        }
      }
    }
    return to.done();
  }

  #data(): Uint8Array {
    const to = new Writer();
    to.u32(this.#plan.parts.reduce((sum, { module }) => sum + module.data.length, 0));
    for (const [part, { module, isGuest }] of this.#plan.parts.entries()) {
      const map = this.#renumbering(part, null);
      for (const { offset, content } of module.data) {
        if (offset === null || (isGuest && this.#plan.restart !== null)) {
          to.byte(1);
        } else {
          to.byte(0);
          renumberConstant(new Reader(offset), to, map);
        }
        to.u32(content.length);
        to.bytes(content);
      }
    }
    return to.done();
  }

  #dataCount(): Uint8Array {
    const to = new Writer();
    to.u32(this.#plan.parts.reduce((sum, { module }) => sum + module.data.length, 0));
    return to.done();
  }
}

interface Reached {
  readonly calls: readonly number[];
  readonly callsIndirectly: boolean;
  readonly isUnreachable: boolean;
}

/** Number of the function in a constant expression `ref.func`; null for any other. */
function functionOf(expression: Uint8Array): number | null {
  const reader = new Reader(expression);
  return reader.byte() === 0xd2 ? reader.u32() : null;
}

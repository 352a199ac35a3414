// A typed face over the C functions of the compiler's own binaryen: walking and rebuilding expressions in place.

import type { Binaryen } from "./asc.ts";

/** Address of something inside binaryen. */
export type Ref = number;

/** What a pass needs of binaryen. All refs belong to one module. */
export interface BinaryenApi {
  readonly none: number;
  readonly unreachable: number;
  readonly i32: number;
  numFunctions(module: Ref): number;
  functionByIndex(module: Ref, index: number): Ref;
  functionName(ref: Ref): string;
  functionResults(ref: Ref): number;
  /** 0 for an imported function. */
  body(ref: Ref): Ref;
  setBody(ref: Ref, body: Ref): void;
  addLocal(ref: Ref, type: number): number;
  getGlobal(module: Ref, name: string): Ref;
  typeOf(expression: Ref): number;
  /** Name of the called function, or null when this is no direct call. */
  callTarget(expression: Ref): string | null;
  isIndirectCall(expression: Ref): boolean;
  isUnreachable(expression: Ref): boolean;
  /** Name of the global that is read, or null when none is. */
  globalRead(expression: Ref): string | null;
  /** Name of the global that is written, or null when none is. */
  globalWritten(expression: Ref): string | null;
  /** The division if it may trap, null for anything else and for divisors that are safe constants. */
  riskyDivision(expression: Ref): Division | null;
  forEachChild(expression: Ref, visit: (child: Ref) => void): void;
  /** Replaces the children of an expression and updates its type. */
  mapChildren(expression: Ref, change: (child: Ref) => Ref): void;
  block(module: Ref, children: readonly Ref[]): Ref;
  ifThen(module: Ref, condition: Ref, then: Ref): Ref;
  returnWith(module: Ref, value: Ref): Ref;
  localGet(module: Ref, index: number, type: number): Ref;
  localSet(module: Ref, index: number, value: Ref): Ref;
  globalGet(module: Ref, name: string, type: number): Ref;
  globalSet(module: Ref, name: string, value: Ref): Ref;
  zero(module: Ref, type: number): Ref;
  call(module: Ref, target: string, operands: readonly Ref[]): Ref;
  i32Const(module: Ref, value: number): Ref;
  /** Whether an i32 or i64 is zero. */
  isZero(module: Ref, value: Ref, type: number): Ref;
  /** Whether a division of these two signed numbers overflows: the least number by minus one. */
  overflows(module: Ref, left: Ref, right: Ref, type: number): Ref;
  setOperands(binary: Ref, left: Ref, right: Ref): void;
  removeExport(module: Ref, name: string): void;
  /** Line from 1, column from 0. */
  setPlace(ref: Ref, expression: Ref, file: number, line: number, column: number): void;
}

/** What the compiler itself needs to look into the blocks it makes. */
export function blockFunctions(binaryen: Binaryen): {
  expressionId: (expression: Ref) => number;
  blockId: number;
  firstChild: (block: Ref) => Ref;
} {
  const native = (name: string): Native => binaryen[`_Binaryen${name}`] as Native;
  return {
    expressionId: native("ExpressionGetId"),
    blockId: native("BlockId")(),
    firstChild: (block) => native("BlockGetChildAt")(block, 0),
  };
}

/** An integer division or remainder. */
export interface Division {
  readonly left: Ref;
  readonly right: Ref;
  /** i32 or i64. */
  readonly type: number;
  /** Whether it may overflow, which only a signed division does. */
  readonly canOverflow: boolean;
}

type Native = (...args: number[]) => number;

/** Single children by expression kind: the middle part of the C functions `Binaryen{Kind}Get{Child}`. */
const SINGLE: Readonly<Record<string, readonly string[]>> = {
  Nop: [],
  Block: [],
  If: ["Condition", "IfTrue", "IfFalse"],
  Loop: ["Body"],
  Break: ["Condition", "Value"],
  Switch: ["Condition", "Value"],
  Call: [],
  CallIndirect: ["Target"],
  LocalGet: [],
  LocalSet: ["Value"],
  GlobalGet: [],
  GlobalSet: ["Value"],
  Load: ["Ptr"],
  Store: ["Ptr", "Value"],
  Const: [],
  Unary: ["Value"],
  Binary: ["Left", "Right"],
  Select: ["IfTrue", "IfFalse", "Condition"],
  Drop: ["Value"],
  Return: ["Value"],
  MemorySize: [],
  MemoryGrow: ["Delta"],
  Unreachable: [],
  SIMDExtract: ["Vec"],
  SIMDReplace: ["Vec", "Value"],
  SIMDShuffle: ["Left", "Right"],
  SIMDTernary: ["A", "B", "C"],
  SIMDShift: ["Vec", "Shift"],
  SIMDLoad: ["Ptr"],
  SIMDLoadStoreLane: ["Ptr", "Vec"],
  MemoryInit: ["Dest", "Offset", "Size"],
  DataDrop: [],
  MemoryCopy: ["Dest", "Source", "Size"],
  MemoryFill: ["Dest", "Value", "Size"],
  RefNull: [],
  RefFunc: [],
  RefIsNull: ["Value"],
};

/** Lists of children: the C functions `Binaryen{Kind}GetNum{Plural}` and `…Get{Singular}At`. */
const LISTS: Readonly<Record<string, { plural: string; singular: string }>> = {
  Block: { plural: "Children", singular: "Child" },
  Call: { plural: "Operands", singular: "Operand" },
  CallIndirect: { plural: "Operands", singular: "Operand" },
};

/** Reads and writes the children of one kind of expression. */
interface Shape {
  readonly singles: readonly { get: Native; set: Native }[];
  readonly list: { count: Native; get: Native; set: Native } | null;
}

/** Wraps binaryen. Throws when it lacks a function: then it is not the version the compiler came with. */
export function binaryenApi(binaryen: Binaryen): BinaryenApi {
  const native = (name: string): Native => {
    const found = binaryen[`_Binaryen${name}`];
    if (typeof found !== "function") throw new Error(`binaryen has no function Binaryen${name}`);
    return found as Native;
  };
  const shapes = new Map<number, Shape>();
  for (const [kind, children] of Object.entries(SINGLE)) {
    const list = LISTS[kind];
    shapes.set(native(`${kind}Id`)(), {
      singles: children.map((child) => ({
        get: native(`${kind}Get${child}`),
        set: native(`${kind}Set${child}`),
      })),
      list:
        list === undefined
          ? null
          : {
              count: native(`${kind}GetNum${list.plural}`),
              get: native(`${kind}Get${list.singular}At`),
              set: native(`${kind}Set${list.singular}At`),
            },
    });
  }
  const idOf = native("ExpressionGetId");
  const shapeOf = (expression: Ref): Shape => {
    const shape = shapes.get(idOf(expression));
    if (shape === undefined)
      throw new Error(`an expression of kind ${idOf(expression)} is not expected here`);
    return shape;
  };
  const load = binaryen.__i32_load8_u as Native;
  const text = (address: number): string => {
    const bytes: number[] = [];
    for (let byte = load(address); byte !== 0; byte = load(address + bytes.length)) bytes.push(byte);
    return Buffer.from(bytes).toString();
  };
  const withText = <T>(value: string, use: (address: number) => T): T => {
    const bytes = new TextEncoder().encode(`${value}\0`);
    const address = (binaryen._malloc as Native)(bytes.length);
    for (const [i, byte] of bytes.entries()) (binaryen.__i32_store8 as Native)(address + i, byte);
    try {
      return use(address);
    } finally {
      (binaryen._free as Native)(address);
    }
  };
  const withRefs = <T>(refs: readonly Ref[], use: (address: number) => T): T => {
    const address = (binaryen._malloc as Native)(Math.max(4, refs.length * 4));
    for (const [i, ref] of refs.entries()) (binaryen.__i32_store as Native)(address + i * 4, ref);
    try {
      return use(address);
    } finally {
      (binaryen._free as Native)(address);
    }
  };
  const call = native("CallId")();
  const callIndirect = native("CallIndirectId")();
  const callTarget = native("CallGetTarget");
  const unreachable = native("UnreachableId")();
  const globalGet = native("GlobalGetId")();
  const globalSet = native("GlobalSetId")();
  const finalize = native("ExpressionFinalize");
  const none = native("TypeNone")();
  const i32 = native("TypeInt32")();
  const zeroOf = zeros(binaryen);
  const i64 = native("TypeInt64")();
  const binary = native("BinaryId")();
  const constant = native("ConstId")();
  const opOf = native("BinaryGetOp");
  const leftOf = native("BinaryGetLeft");
  const rightOf = native("BinaryGetRight");
  const divisions = new Set(
    ["DivS", "DivU", "RemS", "RemU"].flatMap((op) => [`${op}Int32`, `${op}Int64`]).map(opNumber),
  );
  const signedDivisions = new Set([opNumber("DivSInt32"), opNumber("DivSInt64")]);
  function opNumber(name: string): number {
    return native(name)();
  }
  const constants = (module: Ref): WrappedModule =>
    (binaryen.wrapModule as unknown as (ref: Ref) => WrappedModule)(module);
  /** Whether an expression is a constant that nothing goes wrong with: neither 0 nor -1. */
  const isSafeDivisor = (expression: Ref, type: number): boolean => {
    if (idOf(expression) !== constant) return false;
    if (type === i32) {
      const value = native("ConstGetValueI32")(expression);
      return value !== 0 && value !== -1;
    }
    const value = (native("ConstGetValueI64") as unknown as (at: Ref) => bigint | number)(expression);
    return BigInt(value) !== 0n && BigInt(value) !== -1n;
  };

  return {
    none,
    i32,
    unreachable: native("TypeUnreachable")(),
    numFunctions: native("GetNumFunctions"),
    functionByIndex: native("GetFunctionByIndex"),
    functionName: (ref) => text(native("FunctionGetName")(ref)),
    functionResults: native("FunctionGetResults"),
    body: native("FunctionGetBody"),
    setBody: native("FunctionSetBody"),
    addLocal: native("FunctionAddVar"),
    getGlobal: (module, name) => withText(name, (at) => native("GetGlobal")(module, at)),
    typeOf: native("ExpressionGetType"),
    callTarget: (expression) => (idOf(expression) === call ? text(callTarget(expression)) : null),
    isIndirectCall: (expression) => idOf(expression) === callIndirect,
    isUnreachable: (expression) => idOf(expression) === unreachable,
    globalRead: (expression) =>
      idOf(expression) === globalGet ? text(native("GlobalGetGetName")(expression)) : null,
    globalWritten: (expression) =>
      idOf(expression) === globalSet ? text(native("GlobalSetGetName")(expression)) : null,
    riskyDivision(expression) {
      if (idOf(expression) !== binary) return null;
      const op = opOf(expression);
      if (!divisions.has(op)) return null;
      const right = rightOf(expression);
      const type = native("ExpressionGetType")(right);
      if ((type !== i32 && type !== i64) || isSafeDivisor(right, type)) return null;
      return { left: leftOf(expression), right, type, canOverflow: signedDivisions.has(op) };
    },
    forEachChild(expression, visit) {
      const { singles, list } = shapeOf(expression);
      for (const { get } of singles) {
        const child = get(expression);
        if (child !== 0) visit(child);
      }
      if (list !== null) {
        for (let i = 0, n = list.count(expression); i < n; ++i) visit(list.get(expression, i));
      }
    },
    mapChildren(expression, change) {
      const { singles, list } = shapeOf(expression);
      let changed = false;
      const apply = (child: Ref, set: (to: Ref) => void): void => {
        const to = change(child);
        if (to === child) return;
        set(to);
        changed = true;
      };
      for (const { get, set } of singles) {
        const child = get(expression);
        if (child !== 0) apply(child, (to) => set(expression, to));
      }
      if (list !== null) {
        for (let i = 0, n = list.count(expression); i < n; ++i) {
          apply(list.get(expression, i), (to) => list.set(expression, i, to));
        }
      }
      if (changed) finalize(expression);
    },
    block: (module, children) =>
      withRefs(children, (at) => native("Block")(module, 0, at, children.length, native("TypeAuto")())),
    ifThen: (module, condition, then) => native("If")(module, condition, then, 0),
    returnWith: native("Return"),
    localGet: native("LocalGet"),
    localSet: native("LocalSet"),
    globalGet: (module, name, type) => withText(name, (at) => native("GlobalGet")(module, at, type)),
    globalSet: (module, name, value) => withText(name, (at) => native("GlobalSet")(module, at, value)),
    zero: zeroOf,
    call: (module, target, operands) =>
      withText(target, (name) =>
        withRefs(operands, (at) => native("Call")(module, name, at, operands.length, none)),
      ),
    i32Const: (module, value) => constants(module).i32.const(value),
    isZero: (module, value, type) =>
      native("Unary")(module, opNumber(type === i32 ? "EqZInt32" : "EqZInt64"), value),
    overflows(module, left, right, type) {
      const { i32: narrow, i64: wide } = constants(module);
      const least = type === i32 ? narrow.const(-(2 ** 31)) : wide.const(-(2n ** 63n));
      const minusOne = type === i32 ? narrow.const(-1) : wide.const(-1n);
      const equal = opNumber(type === i32 ? "EqInt32" : "EqInt64");
      const make = native("Binary");
      return make(
        module,
        opNumber("AndInt32"),
        make(module, equal, left, least),
        make(module, equal, right, minusOne),
      );
    },
    setOperands(expression, left, right) {
      native("BinarySetLeft")(expression, left);
      native("BinarySetRight")(expression, right);
    },
    setPlace: native("FunctionSetDebugLocation"),
    removeExport: (module, name) => {
      withText(name, (at) => native("RemoveExport")(module, at));
    },
  };
}

/** The constants of a wrapped module. */
interface WrappedModule {
  readonly i32: { const(value: number): Ref };
  readonly i64: { const(value: bigint): Ref };
  readonly f32: { const(value: number): Ref };
  readonly f64: { const(value: number): Ref };
  readonly v128: { const(bytes: readonly number[]): Ref };
}

/** Makes zeros of the number types. */
function zeros(binaryen: Binaryen): (module: Ref, type: number) => Ref {
  const native = (name: string): Native => binaryen[`_Binaryen${name}`] as Native;
  const makers = new Map<number, (module: Ref) => Ref>();
  const wrap = binaryen.wrapModule as unknown as (ref: Ref) => WrappedModule;
  makers.set(native("TypeInt32")(), (module) => wrap(module).i32.const(0));
  makers.set(native("TypeInt64")(), (module) => wrap(module).i64.const(0n));
  makers.set(native("TypeFloat32")(), (module) => wrap(module).f32.const(0));
  makers.set(native("TypeFloat64")(), (module) => wrap(module).f64.const(0));
  makers.set(native("TypeVec128")(), (module) => wrap(module).v128.const(new Array<number>(16).fill(0)));
  return (module, type) => {
    const make = makers.get(type);
    if (make === undefined) throw new Error(`no zero for type ${type}`);
    return make(module);
  };
}

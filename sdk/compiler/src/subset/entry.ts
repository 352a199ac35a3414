// The functions of the entry file by which an engine calls a SmartModule: names that are nearly right, and types that
// do not fit. What the compiler's side of the library says about them as well is left to it.

import type { Complain } from "./complaint.ts";
import { child, children, type Node, nameOf } from "./syntax.ts";

const SHAPES: Readonly<Record<string, string>> = {
  filter: "filter(record: Record): bool",
  map: "map(record: Record): string",
  filterMap: "filterMap(record: Record): string | null",
  arrayMap: "arrayMap(record: Record, out: Output): void",
  aggregate: "aggregate(sum: i64, record: Record): i64",
  init: "init(params: Params): void",
  lookBack: "lookBack(record: Record): void",
};
const CAMEL: Readonly<Record<string, string>> = {
  filter_map: "filterMap",
  array_map: "arrayMap",
  look_back: "lookBack",
};

/** Checks the exports of an entry file. */
export function checkEntry(program: Node, text: string, complain: Complain): void {
  const functions = new Map<string, Node>();
  const exported: { name: string; at: Node; target: Node | null }[] = [];
  for (const statement of children(program, "body")) {
    const inner = statement.type === "ExportNamedDeclaration" ? child(statement, "declaration") : statement;
    if (inner?.type === "FunctionDeclaration") functions.set(nameOf(child(inner, "id")), inner);
  }
  for (const statement of children(program, "body")) {
    if (statement.type === "ExportDefaultDeclaration") checkDefault(statement, complain);
    if (statement.type !== "ExportNamedDeclaration") continue;
    const inner = child(statement, "declaration");
    const id = child(inner, "id");
    if (inner?.type === "FunctionDeclaration" && id !== null)
      exported.push({ name: nameOf(id), at: id, target: inner });
    for (const specifier of children(statement, "specifiers")) {
      const at = child(specifier, "exported");
      const local = functions.get(nameOf(child(specifier, "local"))) ?? null;
      if (at !== null)
        exported.push({ name: nameOf(at), at, target: child(statement, "source") === null ? local : null });
    }
  }
  const names = new Set(exported.map(({ name }) => CAMEL[name] ?? name));
  for (const { name, at, target } of exported) {
    const known = CAMEL[name] ?? name;
    if (Object.hasOwn(SHAPES, known)) {
      if (target !== null) checkShape(known, target, text, complain);
      continue;
    }
    const meant = Object.keys(SHAPES).find((shape) => isNearly(name, shape) && !names.has(shape));
    if (meant !== undefined) {
      complain(
        "SM140",
        at,
        `nothing calls ${name}; is ${meant} meant?`,
        `Write \`export function ${SHAPES[meant]}\`.`,
      );
    }
  }
}

function checkDefault(statement: Node, complain: Complain): void {
  complain(
    "SM140",
    statement,
    "a SmartModule's functions are exported by name, not as default",
    `Write \`export function ${SHAPES.filter} { … }\`; the name says what kind of SmartModule it is.`,
  );
}

function checkShape(name: string, target: Node, text: string, complain: Complain): void {
  const shape = `Its shape is \`export function ${SHAPES[name]}\`.`;
  const parameters = children(target, "params");
  const wanted =
    name === "init"
      ? ["Params"]
      : name === "aggregate"
        ? [null, "Record"]
        : name === "arrayMap"
          ? ["Record", "Output"]
          : ["Record"];
  // The library's side counts them.
  if (parameters.length > wanted.length) return;
  for (const [index, parameter] of parameters.entries()) {
    const type = child(child(parameter, "typeAnnotation"), "typeAnnotation");
    const expected = wanted[index] ?? null;
    if (type === null || expected === null) continue;
    const given = nameOf(child(type, "typeName"));
    // A class may have another name here than in the library.
    if (given === expected || (type.type === "TSTypeReference" && !OTHER.has(given))) continue;
    complain("SM140", type, `${name} is given a ${expected}, not ${text.slice(type.start, type.end)}`, shape);
    return;
  }
  const result = child(child(target, "returnType"), "typeAnnotation");
  if (result === null || !["map", "filterMap", "aggregate"].includes(name)) return;
  if (result.type === "TSVoidKeyword") {
    complain("SM140", result, `${name} returns a value, not void`, shape);
  } else if (name !== "aggregate" && isPlain(result)) {
    complain(
      "SM140",
      result,
      `${name} returns a string, Bytes, a Uint8Array, a Record or a class marked with @json, not ${text.slice(result.start, result.end)}`,
      "Turn it into text: `return n.toString();`, with the return type `string`.",
    );
  }
}

/** Types that cannot be another name of the library's. */
const OTHER = new Set([
  "Record",
  "Params",
  "Output",
  "Bytes",
  "Json",
  "Map",
  "Set",
  "Array",
  "Uint8Array",
  "String",
  "i32",
  "i64",
  "u32",
  "u64",
  "f64",
  "bool",
]);

function isPlain(type: Node): boolean {
  if (["TSNumberKeyword", "TSBooleanKeyword"].includes(type.type)) return true;
  return /^(?:[iu](?:8|16|32|64|size)|f32|f64|bool)$/.test(nameOf(child(type, "typeName")));
}

/** Whether a name is another one but for case, underscores, and two letters at most. */
function isNearly(name: string, wanted: string): boolean {
  const [a, b] = [plain(name), plain(wanted)];
  if (a === b) return true;
  // Short names are near to too many others.
  return b.length >= 6 && distance(a, b) <= 2;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

/** How many letters have to be put in, left out, changed, or swapped with the next one. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

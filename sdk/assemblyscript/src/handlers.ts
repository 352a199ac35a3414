// Finds the functions a SmartModule is made of in the user's entry file.

import type { Asc, AscFunctionType, AscNode, AscSource, AscStatement } from "./asc.ts";

/** The transform kinds, by the name of the wasm export. */
export type Kind = "filter" | "map" | "filter_map" | "array_map" | "aggregate";

/** The wasm exports a module of the user's may have. */
export type HandlerName = Kind | "init" | "look_back";

/** One handler: the function in the user's file and the export it becomes. */
export interface Handler {
  readonly name: HandlerName;
  /** Name under which the entry file exports it. */
  readonly exportedAs: string;
  /** Absent when the function is re-exported from another file. */
  readonly signature: AscFunctionType | null;
  readonly node: AscNode;
}

/** A complaint about the user's source, with its place. */
export interface Problem {
  readonly message: string;
  readonly hint?: string;
  /** Null when there is nothing to point at. */
  readonly node: AscNode | null;
}

export interface Handlers {
  readonly kind: Kind | null;
  readonly handlers: readonly Handler[];
  readonly problems: readonly Problem[];
}

const EXPORT_OF: Readonly<Record<string, HandlerName>> = {
  filter: "filter",
  map: "map",
  filterMap: "filter_map",
  filter_map: "filter_map",
  arrayMap: "array_map",
  array_map: "array_map",
  aggregate: "aggregate",
  init: "init",
  lookBack: "look_back",
  look_back: "look_back",
};

const EXAMPLE = "export function filter(record: Record): bool { … }";
const KIND_NAMES = "filter, map, filterMap, arrayMap or aggregate";

/**
 * Looks through the entry file's exports. Never throws: what is wrong comes back as problems.
 * `sources` are all that were parsed: a handler may be re-exported from one of them.
 */
export function findHandlers(asc: Asc, entry: AscSource, sources: readonly AscSource[]): Handlers {
  const { NodeKind, CommonFlags } = asc;
  const found: Handler[] = [];
  const problems: Problem[] = [];
  const functions = functionsOf(asc, entry);
  const add = (exportedAs: string, node: AscNode, declaration: AscStatement | undefined): void => {
    const name = EXPORT_OF[exportedAs];
    if (name === undefined) return;
    if (declaration?.typeParameters?.length) {
      problems.push({ message: `${exportedAs} must not be generic`, node });
      return;
    }
    found.push({ name, exportedAs, signature: declaration?.signature ?? null, node });
  };

  for (const statement of entry.statements) {
    const isExport = ((statement.flags ?? 0) & (CommonFlags.Export ?? 0)) !== 0;
    if (statement.kind === NodeKind.FunctionDeclaration && statement.name) {
      if (isExport) add(statement.name.text, statement.name, statement);
    } else if (statement.kind === NodeKind.Export) {
      const origin = sources.find((source) => isAt(source, statement.internalPath));
      const known = statement.internalPath ? origin && functionsOf(asc, origin) : functions;
      if (!statement.members) {
        // `export * from`
        for (const [name, declaration] of known ?? []) {
          if (((declaration.flags ?? 0) & (CommonFlags.Export ?? 0)) !== 0) add(name, statement, declaration);
        }
      }
      for (const member of statement.members ?? []) {
        add(member.exportedName.text, member, known?.get(member.localName.text));
      }
    } else if (statement.kind === NodeKind.Variable) {
      for (const declaration of statement.declarations ?? []) {
        const name = declaration.name.text;
        if (EXPORT_OF[name] !== undefined && (declaration.flags & (CommonFlags.Export ?? 0)) !== 0) {
          problems.push({
            message: `${name} is a variable, but it must be a function`,
            hint: `Write \`export function ${name}(…) { … }\` instead of \`export const ${name} = …\`.`,
            node: declaration.name,
          });
        }
      }
    } else if (statement.kind === NodeKind.ExportDefault) {
      problems.push({
        message: "a SmartModule's functions are exported by name, not as default",
        hint: `Write \`${EXAMPLE}\`; the name says what kind of SmartModule it is.`,
        node: statement,
      });
    }
  }
  for (const statement of functions.values()) {
    const name = statement.name as NonNullable<AscStatement["name"]>;
    const isExport = ((statement.flags ?? 0) & (CommonFlags.Export ?? 0)) !== 0;
    const known = EXPORT_OF[name.text];
    if (!isExport && known !== undefined && !found.some((handler) => handler.name === known)) {
      if (found.some((handler) => !isExtra(handler.name)) && !isExtra(known)) continue;
      problems.push({
        message: `${name.text} is not exported`,
        hint: `Write \`export function ${name.text}(…)\`, or give it another name if it is no handler.`,
        node: name,
      });
    }
  }

  const kinds = found.filter((handler) => !isExtra(handler.name));
  const [first, second] = kinds;
  if (second !== undefined) {
    problems.push({
      message: `a SmartModule has exactly one transform, but this one exports ${list(kinds)}`,
      hint: "Put them into projects of their own; a chain runs them one after the other.",
      node: second.node,
    });
  } else if (first === undefined && problems.length === 0) {
    problems.push({
      message: `no transform found: the entry file must export ${KIND_NAMES}${exportsOf(found)}`,
      hint: `For example: ${EXAMPLE}`,
      node: null,
    });
  }
  for (const extra of ["init", "look_back"] as const) {
    const twice = found.filter((handler) => handler.name === extra)[1];
    if (twice) problems.push({ message: `${twice.exportedAs} is exported twice`, node: twice.node });
  }
  for (const handler of found) problems.push(...checkSignature(handler));
  return { kind: first === undefined ? null : (first.name as Kind), handlers: found, problems };
}

function functionsOf({ NodeKind }: Asc, source: AscSource): Map<string, AscStatement> {
  const functions = new Map<string, AscStatement>();
  for (const statement of source.statements) {
    if (statement.kind === NodeKind.FunctionDeclaration && statement.name) {
      functions.set(statement.name.text, statement);
    }
  }
  return functions;
}

function isAt(source: AscSource, internalPath: string | null | undefined): boolean {
  return source.internalPath === internalPath || source.internalPath === `${internalPath}/index`;
}

function isExtra(name: HandlerName): boolean {
  return name === "init" || name === "look_back";
}

function list(handlers: readonly Handler[]): string {
  const names = handlers.map((handler) => handler.exportedAs);
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

function exportsOf(found: readonly Handler[]): string {
  return found.length === 0
    ? ""
    : ` (it only exports ${found.map((handler) => handler.exportedAs).join(", ")})`;
}

const SHAPES: Readonly<Record<HandlerName, { least: number; most: number; shape: string }>> = {
  filter: { least: 1, most: 1, shape: "filter(record: Record): bool" },
  map: { least: 1, most: 1, shape: "map(record: Record): string" },
  filter_map: { least: 1, most: 1, shape: "filterMap(record: Record): string | null" },
  array_map: { least: 1, most: 2, shape: "arrayMap(record: Record, out: Output): void" },
  aggregate: { least: 2, most: 2, shape: "aggregate(sum: i64, record: Record): i64" },
  init: { least: 0, most: 1, shape: "init(params: Params): void" },
  look_back: { least: 1, most: 1, shape: "lookBack(record: Record): void" },
};

function checkSignature(handler: Handler): Problem[] {
  const { signature, name, exportedAs } = handler;
  if (signature === null) return [];
  const { least, most, shape } = SHAPES[name];
  const count = signature.parameters.length;
  const hint = `Its shape is \`export function ${shape}\`.`;
  if (count < least || count > most) {
    const wanted = least === most ? `${least}` : `${least} or ${most}`;
    const plural = wanted === "1" ? "parameter" : "parameters";
    return [{ message: `${exportedAs} takes ${wanted} ${plural}, not ${count}`, hint, node: handler.node }];
  }
  const result = typeName(signature);
  const problem = (message: string): Problem[] => [{ message, hint, node: signature.returnType }];
  if (name === "filter" && result !== "bool" && result !== "boolean" && result !== "") {
    return problem(`filter returns bool, not ${result}`);
  }
  if ((name === "init" || name === "look_back") && result !== "void" && result !== "") {
    return problem(`${exportedAs} returns nothing (void), not ${result}`);
  }
  if (name === "array_map" && count === 2 && result !== "void" && result !== "") {
    return problem(`${exportedAs} with an Output returns nothing (void), not ${result}`);
  }
  if ((name === "map" || name === "aggregate") && signature.returnType.isNullable) {
    return problem(`${exportedAs} must return a value for every record; filterMap may drop one with null`);
  }
  return [];
}

/** The return type as written; empty when there is none. */
function typeName(signature: AscFunctionType): string {
  return signature.returnType.name?.identifier.text ?? "";
}

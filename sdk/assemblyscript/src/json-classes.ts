// Classes marked with `@json` get two methods, in the syntax tree: one writes the fields, one reads them.

import type { Asc, AscDeclaration, AscNode, AscProgram, AscSource, AscStatement } from "./asc.ts";

interface Field extends AscDeclaration {
  readonly isStatic?: boolean;
}

interface ClassNode extends AscNode {
  readonly name?: { readonly text: string };
  readonly members?: AscNode[];
  readonly decorators?: readonly { readonly name: { readonly text?: string } }[] | null;
}

const DUMMY = "~lib/__smdk_json_class";

/** Adds the methods to all classes of the user's that are marked. */
export function completeJsonClasses(asc: Asc, program: AscProgram, sources: readonly AscSource[]): void {
  const { NodeKind, CommonFlags } = asc;
  const classes: ClassNode[] = [];
  for (const source of sources) {
    if (source.normalizedPath.startsWith("~lib/")) continue;
    for (const statement of source.statements as readonly ClassNode[]) {
      const isMarked = statement.decorators?.some(({ name }) => name.text === "json") ?? false;
      if (statement.kind === NodeKind.ClassDeclaration && isMarked) classes.push(statement);
    }
  }
  for (const [i, node] of classes.entries()) {
    const fields = ((node.members ?? []) as Field[]).filter(
      ({ kind, flags }) => kind === NodeKind.FieldDeclaration && (flags & (CommonFlags.Static ?? 0)) === 0,
    );
    const names = fields.map(({ name }) => name.text);
    const text = `class C {
  __jsonWrite<W>(writer: W): void {
    writer.beginObject();
${names.map((name) => `    writer.member("${name}", this.${name});`).join("\n")}
    writer.endObject();
  }
  __jsonRead<J>(json: J): void {
${names.map((name) => `    this.${name} = json.field("${name}", this.${name});`).join("\n")}
  }
}`;
    const made = parseStatement(asc, program, text, `${DUMMY}${i}.ts`) as ClassNode;
    node.members?.push(...(made.members ?? []));
  }
}

/** Parses one statement, to be put where it belongs. The path must be one that nothing else has. */
export function parseStatement(asc: Asc, program: AscProgram, text: string, path: string): AscStatement {
  asc.parse(program, text, path, false);
  // The compiler wants to know the file that it comes from, but nothing is to be left in there.
  const source = program.parser.sources.find(({ normalizedPath }) => normalizedPath === path);
  const [statement] = source?.statements.splice(0) ?? [];
  if (statement === undefined) throw new Error(`nothing was parsed from ${path}`);
  return statement;
}

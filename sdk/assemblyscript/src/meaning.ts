// Where the compiler would take a user's source in silence and make something else of it than TypeScript does:
// an empty string is false, and arithmetic on literals that does not fit in 32 bits is an error.

import type { Asc, AscCompiler, AscNode, AscProgram } from "./asc.ts";

/** What is used here of the compiler beyond its declared part. Types and expressions are opaque. */
interface Inner extends AscCompiler {
  readonly module: { unary(operator: number, expression: number): number };
  readonly currentType: unknown;
  readonly program: AscProgram & {
    readonly stringInstance: { readonly type: unknown; lookupOverload(kind: number): unknown };
  };
  makeIsTrueish(expression: number, type: Type, at: AscNode): number;
  compileBinaryExpression(expression: Binary, contextualType: unknown, constraints: number): number;
  compileFunction(instance: unknown): boolean;
  makeCallDirect(instance: unknown, operands: number[], at: AscNode): number;
  error(code: number, range: unknown, text: string): void;
}

interface Type {
  getClass?(): unknown;
}

interface Binary extends AscNode {
  readonly operator: number;
  readonly left: AscNode;
  readonly right: AscNode;
}

interface Enums {
  readonly OperatorKind: { readonly Not: number };
  readonly UnaryOp: { readonly EqzI32: number };
  readonly Token: Readonly<Record<"Plus" | "Minus" | "Asterisk" | "Asterisk_Asterisk", number>>;
  readonly LiteralKind: { readonly Integer: number };
  readonly Type: { readonly i32: unknown };
}

/** The compiler's number of a message with a text of one's own. */
const OWN_MESSAGE = 102;

/** The compiler's class, with TypeScript's meaning of these. */
export function withTypeScriptMeaning(asc: Asc): Asc["Compiler"] {
  const { OperatorKind, UnaryOp, Token, LiteralKind, Type: Types } = asc as unknown as Enums;
  const Base = asc.Compiler as unknown as new (program: AscProgram) => Inner;
  const isUsers = (node: AscNode): boolean => !node.range.source.normalizedPath.startsWith("~lib/");

  /** The exact value of literals put together by + - * and **; null for anything else. */
  const exact = (node: AscNode): bigint | null => {
    const { kind } = node;
    if (kind === asc.NodeKind.Parenthesized)
      return exact((node as AscNode & { expression: AscNode }).expression);
    if (kind === asc.NodeKind.Literal) {
      const { literalKind, range } = node as AscNode & { literalKind: number };
      if (literalKind !== LiteralKind.Integer) return null;
      const text = range.source.text.slice(range.start, range.end).replaceAll("_", "");
      return /^(?:0[xob][\da-f]+|\d+)$/i.test(text) ? BigInt(text) : null;
    }
    if (kind !== asc.NodeKind.Binary) return null;
    const { operator, left, right } = node as Binary;
    const [a, b] = [exact(left), exact(right)];
    if (a === null || b === null) return null;
    if (operator === Token.Plus) return a + b;
    if (operator === Token.Minus) return a - b;
    if (operator === Token.Asterisk) return a * b;
    return operator === Token.Asterisk_Asterisk && b >= 0n && b < 1024n ? a ** b : null;
  };

  class MeaningCompiler extends Base {
    override makeIsTrueish(expression: number, type: Type, at: AscNode): number {
      const { stringInstance } = this.program;
      if (!isUsers(at) || type.getClass?.() !== stringInstance)
        return super.makeIsTrueish(expression, type, at);
      const isNot = stringInstance.lookupOverload(OperatorKind.Not);
      this.compileFunction(isNot);
      return this.module.unary(UnaryOp.EqzI32, this.makeCallDirect(isNot, [expression], at));
    }

    override compileBinaryExpression(
      expression: Binary,
      contextualType: unknown,
      constraints: number,
    ): number {
      const result = super.compileBinaryExpression(expression, contextualType, constraints);
      if (this.currentType !== Types.i32 || !isUsers(expression)) return result;
      const value = exact(expression);
      if (value !== null && BigInt.asIntN(32, value) !== value) {
        this.error(
          OWN_MESSAGE,
          expression.range,
          `the result ${value} does not fit in the 32 bits of an i32`,
        );
      }
      return result;
    }
  }
  return MeaningCompiler;
}

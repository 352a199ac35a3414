// How a `throw` is compiled: which message it carries. Two things are not as in the compiler's own way.
// Its calls of `abort` name the source file, and nobody reads these names, so they need not be in the module.
// And it takes the first argument of any `throw new X(…)` for the message, and of `throw error` none. A failed assert
// without a message gets one.

import type { Asc, AscCompiler, AscModule, AscNode, AscProgram, Binaryen } from "./asc.ts";
import { blockFunctions } from "./binaryen.ts";
import { withTypeScriptMeaning } from "./meaning.ts";

/** Classes whose constructor takes the message first. */
const BUILT_IN = new Set(["Error", "RangeError", "TypeError", "SyntaxError", "URIError"]);

interface ThrowStatement extends AscNode {
  readonly value: AscNode & {
    readonly typeName?: { readonly identifier: { readonly text: string }; readonly next: unknown };
  };
}

/** Compiles a program whose sources are all parsed and which is initialised; `places`: there will be a source map. */
export function compileProgram(
  asc: Asc,
  binaryen: Binaryen,
  program: AscProgram,
  places: boolean,
): AscModule {
  program.parser.finish();
  return makeCompiler(asc, binaryen, program, places).compile();
}

function makeCompiler(asc: Asc, binaryen: Binaryen, program: AscProgram, places: boolean): AscCompiler {
  const { expressionId, blockId, firstChild } = blockFunctions(binaryen);
  const { NodeKind, Node } = asc;
  /** `value.message`, unless it is a new error of the language itself; a text as it is. */
  const messageOf = ({ value }: ThrowStatement): AscNode | null => {
    const name = value.typeName;
    if (value.kind === NodeKind.Literal) return value;
    if (value.kind === NodeKind.New && name?.next === null && BUILT_IN.has(name.identifier.text)) return null;
    const property = Node.createIdentifierExpression("message", value.range);
    return Node.createPropertyAccessExpression(value, property, value.range);
  };

  class ThrowingCompiler extends withTypeScriptMeaning(asc) {
    #path: string | null = null;

    override makeAbort(message: AscNode | null, at: AscNode): number {
      const own = at.kind === NodeKind.Throw ? messageOf(at as ThrowStatement) : null;
      if (own === null && message === null && at.kind !== NodeKind.Throw) {
        return this.makeStaticAbort(super.ensureStaticString("assertion failed"), at);
      }
      return super.makeAbort(own ?? message, at);
    }

    override makeStaticAbort(message: number, at: AscNode): number {
      const outer = this.#path;
      this.#path = at.range.source.normalizedPath;
      try {
        const made = super.makeStaticAbort(message, at);
        // Else the call has the place of what comes before it: the message.
        if (places && expressionId(made) === blockId) this.addDebugLocation(firstChild(made), at.range);
        return made;
      } finally {
        this.#path = outer;
      }
    }

    override ensureStaticString(text: string): number {
      return text === this.#path
        ? this.makeZero(this.program.stringInstance.type)
        : super.ensureStaticString(text);
    }
  }
  return new ThrowingCompiler(program);
}

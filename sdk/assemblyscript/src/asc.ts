// The part of the AssemblyScript compiler's API (0.28) that this package uses, and its lazy loading:
// importing the compiler and binaryen takes most of a second, so only a build may pay for it.

/** A place in a source text; positions are UTF-16 indexes. */
export interface AscRange {
  readonly start: number;
  readonly end: number;
  readonly source: AscSource;
}

export interface AscNode {
  readonly kind: number;
  readonly range: AscRange;
}

export interface AscIdentifier extends AscNode {
  readonly text: string;
}

export interface AscTypeNode extends AscNode {
  readonly isNullable: boolean;
  readonly name?: { readonly identifier: AscIdentifier; readonly next: unknown };
  readonly typeArguments?: AscTypeNode[] | null;
}

export interface AscParameter extends AscNode {
  readonly name: AscIdentifier;
  readonly type: AscTypeNode;
}

export interface AscFunctionType extends AscTypeNode {
  readonly parameters: AscParameter[];
  readonly returnType: AscTypeNode;
}

export interface AscDeclaration extends AscNode {
  readonly name: AscIdentifier;
  readonly flags: number;
  /** Functions only. */
  readonly signature?: AscFunctionType;
  readonly typeParameters?: AscNode[] | null;
}

export interface AscExportMember extends AscNode {
  readonly localName: AscIdentifier;
  readonly exportedName: AscIdentifier;
}

export interface AscStatement extends AscNode {
  /** Function declarations. */
  readonly name?: AscIdentifier;
  readonly flags?: number;
  readonly signature?: AscFunctionType;
  readonly typeParameters?: AscNode[] | null;
  /** Variable statements. */
  readonly declarations?: AscDeclaration[];
  /** Export and import statements. */
  readonly members?: AscExportMember[] | null;
  readonly internalPath?: string | null;
  /** `export default`. */
  readonly declaration?: AscDeclaration;
}

export interface AscSource extends AscNode {
  readonly normalizedPath: string;
  readonly internalPath: string;
  readonly text: string;
  readonly statements: AscStatement[];
  /** Number of the file in the source map; negative while nothing of it is in there. */
  readonly debugInfoIndex: number;
  /** Line of a position, from 1. */
  lineAt(position: number): number;
  /** Column, from 1, of the position that `lineAt` was asked for last. */
  columnAt(): number;
}

export interface AscDiagnostic {
  readonly code: number;
  readonly category: number;
  readonly message: string;
  readonly range: AscRange | null;
  readonly relatedRange: AscRange | null;
}

export interface AscParser {
  readonly sources: AscSource[];
  finish(): void;
}

export interface AscProgram {
  readonly parser: AscParser;
  readonly stringInstance: { readonly type: unknown };
  /** Compiled elements by internal name; functions know where their expressions come from. */
  readonly instancesByName: ReadonlyMap<string, { readonly debugLocations?: ReadonlyMap<number, AscRange> }>;
}

/** The methods of the compiler that turn a `throw` into a call of `abort`. Expressions are addresses. */
export interface AscCompiler {
  readonly program: AscProgram;
  compile(): AscModule;
  makeAbort(message: AscNode | null, at: AscNode): number;
  makeStaticAbort(message: number, at: AscNode): number;
  ensureStaticString(text: string): number;
  makeZero(type: unknown): number;
  /** Tells the source map where an expression comes from. */
  addDebugLocation(expression: number, range: AscRange): void;
}

export interface AscNodeFactory {
  createIdentifierExpression(name: string, range: AscRange): AscNode;
  createPropertyAccessExpression(object: AscNode, property: AscNode, range: AscRange): AscNode;
  createCallExpression(target: AscNode, types: null, operands: AscNode[], range: AscRange): AscNode;
  createEmptyStatement(range: AscRange): AscNode;
  createStringLiteralExpression(text: string, range: AscRange): AscNode;
}

export interface AscModule {
  /** Address of the binaryen module. */
  readonly ref: number;
}

export interface AscOptions {
  readonly brand: "options";
}

/** The compiler's functions, as its own front end uses them. */
export interface Asc {
  newOptions(): AscOptions;
  setTarget(options: AscOptions, target: number): void;
  setRuntime(options: AscOptions, runtime: number): void;
  setDebugInfo(options: AscOptions, on: boolean): void;
  setSourceMap(options: AscOptions, on: boolean): void;
  setExportMemory(options: AscOptions, on: boolean): void;
  setFeature(options: AscOptions, feature: number, on: boolean): void;
  setOptimizeLevelHints(options: AscOptions, optimize: number, shrink: number): void;
  setBundleVersion(options: AscOptions, major: number, minor: number, patch: number): void;
  addGlobalAlias(options: AscOptions, alias: string, name: string): void;
  newProgram(options: AscOptions): AscProgram;
  parse(program: AscProgram, text: string | null, path: string, isEntry: boolean): void;
  nextFile(program: AscProgram): string | null;
  getDependee(program: AscProgram, file: string): string | null;
  nextDiagnostic(program: AscProgram): AscDiagnostic | null;
  initializeProgram(program: AscProgram): void;
  optimize(
    module: AscModule,
    optimize: number,
    shrink: number,
    debugInfo: boolean,
    zeroFilled: boolean,
  ): void;
  validate(module: AscModule): boolean;
  getSource(program: AscProgram, internalPath: string): string | null;
  /** The compiler class behind its own `compile`. */
  readonly Compiler: new (
    program: AscProgram,
  ) => AscCompiler;
  readonly Node: AscNodeFactory;
  readonly FEATURE_SIMD: number;
  readonly NodeKind: Readonly<Record<string, number>>;
  readonly CommonFlags: Readonly<Record<string, number>>;
}

/** binaryen's module object. */
export interface BinaryenModule {
  emitBinary(): Uint8Array;
  emitBinary(sourceMapUrl: string): { binary: Uint8Array; sourceMap: string };
  emitText(): string;
  runPasses(passes: readonly string[]): void;
  dispose(): void;
}

/** binaryen.js with the C functions it is made of; addresses are numbers. */
export interface Binaryen {
  wrapModule(ref: number): BinaryenModule;
  setPassArgument(key: string, value: string): void;
  /** Leaves a pass out of all that follows, until `clearPassesToSkip`. */
  addPassToSkip(pass: string): void;
  clearPassesToSkip(): void;
  readonly [name: string]: unknown;
}

export interface Compiler {
  readonly asc: Asc;
  readonly binaryen: Binaryen;
  /** Standard library: path without `~lib/` and `.ts` to source text. Not to be changed. */
  readonly libraryFiles: Readonly<Record<string, string>>;
  readonly version: string;
}

// The compiler's own declarations put their names (bool, i32, console …) into the global scope of whoever
// imports them, so it is imported behind a string that tsc does not follow.
const load = (name: string): Promise<unknown> => import(name);

/** Loads the compiler, once per process as all modules. Costs the better part of a second the first time. */
export async function loadCompiler(): Promise<Compiler> {
  // The compiler replaces Array.prototype.sort with one that sorts numbers by size, for the whole process it is
  // loaded into, and sorts nothing itself: the process gets its own back.
  const { sort } = Array.prototype;
  const [asc, frontEnd, binaryen] = await Promise.all([
    load("assemblyscript"),
    load("assemblyscript/asc"),
    load("assemblyscript/binaryen"),
  ]);
  Array.prototype.sort = sort;
  const { libraryFiles, version } = frontEnd as {
    libraryFiles: Readonly<Record<string, string>>;
    version: string;
  };
  return {
    asc: asc as Asc,
    binaryen: (binaryen as { default: Binaryen }).default,
    libraryFiles,
    version,
  };
}

/** What authors see of the types: complete, documented, and nothing of browsers or Node. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { languages, renderTemplate, smartModuleKinds } from "@smdk/templates";
import ts from "typescript-5";
import { afterAll, expect, test } from "vitest";

const require = createRequire(import.meta.url);
const packageDir = fileURLToPath(new URL("../../sdk/javascript", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "smdk-types-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const compilers = [
  ["TypeScript 5", join(dirname(require.resolve("typescript-5/package.json")), "bin/tsc")],
  ["TypeScript 7", fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url))],
] as const;

let projects = 0;

/** What `tsc` says of a project with these files and the package's tsconfig; nothing is forgiven, even in declarations. */
function complaintsOf(tsc: string, files: Readonly<Record<string, string>>): string {
  const project = join(folder, String(projects++));
  mkdirSync(join(project, "node_modules/@smdk"), { recursive: true });
  symlinkSync(packageDir, join(project, "node_modules/@smdk/javascript"), "junction");
  const compilerOptions = { skipLibCheck: false, checkJs: true };
  const config = { extends: "@smdk/javascript/tsconfig.json", compilerOptions };
  for (const [name, text] of Object.entries({ "tsconfig.json": JSON.stringify(config), ...files })) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", project], { encoding: "utf8" });
  return stdout + stderr;
}

interface PublicName {
  readonly name: string;
  readonly documentation: string;
  readonly members: readonly { readonly name: string; readonly documentation: string }[];
}

/** Everything that the package exports, with its documentation. */
function publicNames(): PublicName[] {
  const entry = join(packageDir, "dist/guest/index.d.ts");
  const program = ts.createProgram([entry], { strict: true, lib: ["lib.es2023.d.ts"] });
  const checker = program.getTypeChecker();
  const documentationOf = (symbol: ts.Symbol): string =>
    ts.displayPartsToString(symbol.getDocumentationComment(checker));
  const source = checker.getSymbolAtLocation(program.getSourceFile(entry)!)!;
  return checker.getExportsOfModule(source).map((exported) => {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    const declared = symbol.declarations![0]!;
    const type =
      symbol.flags & ts.SymbolFlags.Interface
        ? checker.getDeclaredTypeOfSymbol(symbol)
        : symbol.flags & ts.SymbolFlags.Variable
          ? checker.getTypeOfSymbolAtLocation(symbol, declared)
          : undefined;
    const members = (type?.getProperties() ?? []).map((member) => ({
      name: `${symbol.name}.${member.name}`,
      documentation: documentationOf(member),
    }));
    return { name: symbol.name, documentation: documentationOf(symbol), members };
  });
}

const names = publicNames();
const exampleOf = ({ documentation }: PublicName): string =>
  /```ts\n([\s\S]*?)```/.exec(documentation)?.[1] ?? "";

test("every public name has a description and an example, every member a description", () => {
  expect(names.map(({ name }) => name).sort()).toEqual(
    [
      ...["Awaitable", "Content", "Json", "Keyed", "Param", "ParamShape", "ParamValues", "Params", "Record"],
      ...["Result", "SmartModuleDefinition", "SmartModuleOptions", "Value", "defineSmartModule", "param"],
    ].sort(),
  );
  for (const each of names) {
    expect(each.documentation.split("```")[0]?.trim().length, each.name).toBeGreaterThan(20);
    expect(exampleOf(each), each.name).toContain(each.name);
    for (const { name, documentation } of each.members) expect(documentation, name).not.toBe("");
  }
});

const INFERENCE = `
import { defineSmartModule, param, type Record } from "@smdk/javascript";

const same = <A, B>(_yes: (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false): void => {};

defineSmartModule({
  params: {
    word: param.string(),
    limit: param.int().default(5),
    share: param.number().optional(),
    strict: param.boolean(),
    level: param.enum(["info", "error"]).describe("what to keep"),
    names: param.json<string[]>(),
  },
  async init(params) {
    same<typeof params, { readonly word: string; readonly limit: number; readonly share: number | undefined;
      readonly strict: boolean; readonly level: "info" | "error"; readonly names: string[] }>(true);
  },
  lookBack(record, { word }) {
    same<typeof record, Record>(true);
    same<typeof word, string>(true);
  },
  filter: (record, { level }) => record.value.field("level") === level,
});

defineSmartModule({
  params: { minimum: param.number().default(0) },
  initial: { count: 0, sum: 0 },
  aggregate: (state, record, { minimum }) => {
    same<typeof state, { count: number; sum: number }>(true);
    const n = record.value.toFloat();
    return n < minimum ? state : { count: state.count + 1, sum: state.sum + n };
  },
});
defineSmartModule({ initial: 0, aggregate: (sum, record) => sum + record.value.toInt() });
defineSmartModule({ map: async (record) => ({ key: null, value: record.value.text }) });
defineSmartModule({ filterMap: (record) => (record.value.length > 5 ? record : null) });
defineSmartModule({ arrayMap: (record) => record.value.text.split(",") });
defineSmartModule({ map: (record) => new Uint8Array(record.value.length) });

// @ts-expect-error: one transform too many
defineSmartModule({ filter: () => true, map: (record) => record });
// @ts-expect-error: none
defineSmartModule({ init() {} });
// @ts-expect-error: a misspelled name
defineSmartModule({ filtre: () => true });
// @ts-expect-error: what is not declared
defineSmartModule({ params: { word: param.string() }, filter: (record, { wort }) => true });
// @ts-expect-error: not among the values
param.enum(["a", "b"]).default("c");
// @ts-expect-error: no number
param.int().default("5");
// @ts-expect-error: a record's value is no text yet
const text: string = ({} as Record).value;
text;
// @ts-expect-error: undefined is no value of a record
defineSmartModule({ map: () => undefined });
`;

const PLATFORM = `
import table from "./table.csv";
import data from "./data.json";

export async function map(): Promise<unknown> {
  const bytes: Uint8Array = new TextEncoder().encode(table + data.a);
  console.log(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true }));
  console.info(1), console.debug(2), console.warn(3), console.error(4);
  const url = new URL("/a?b=c", "https://example.com");
  url.searchParams.append("x", "y");
  for (const [name, value] of url.searchParams) console.log(name, value);
  queueMicrotask(() => {});
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  crypto.getRandomValues(new Uint32Array(4));
  return [atob(btoa("a")), structuredClone(new Map([[1, new Date()]])), crypto.randomUUID(), digest.toHex(),
    Uint8Array.fromBase64("aGk="), Object.groupBy([1, 2], (n) => (n % 2 ? "odd" : "even")), [1].toSorted(),
    [1, 2].values().map((n) => n + 1).toArray(), new Set([1]).union(new Set([2])), Promise.withResolvers<number>()];
}`;

const FOREIGN = {
  values: [
    ...[
      "document",
      "window",
      "navigator",
      "location",
      "localStorage",
      "alert",
      "process",
      "Buffer",
      "require",
    ],
    ...["__dirname", "global", "setTimeout", "setInterval", "setImmediate", "fetch", "performance", "Blob"],
    ...["Request", "WebSocket", "Worker", "AbortController", "ReadableStream", "EventTarget", "module"],
  ],
  types: ["HTMLElement", "NodeJS.Timeout", "Response", "BufferEncoding"],
  modules: ["node:fs", "fs", "node:crypto"],
};
const foreign = [
  ...FOREIGN.modules.map((name, at) => `import * as m${at} from "${name}";`),
  ...FOREIGN.values.map((name) => `${name};`),
  ...FOREIGN.types.map((name, at) => `export type T${at} = ${name};`),
].map((line) => `// @ts-expect-error\n${line}`);

/** The sources of every project that `smdk generate` makes in these languages. */
const generated = languages
  .filter((language) => language !== "assemblyscript")
  .flatMap((language) =>
    smartModuleKinds.flatMap((kind) =>
      [false, true].flatMap((withParams) =>
        [false, true].flatMap((lookBack) => {
          const name = [language, kind, withParams, lookBack].join("-");
          const options = { language, kind, withParams, lookBack, name, group: "g", sdkVersion: "^0.1.0" };
          return renderTemplate({ ...options, visibility: "private" })
            .filter(({ path }) => path.startsWith("src/"))
            .map(({ path, contents }) => [`generated/${name}/${path}`, contents] as const);
        }),
      ),
    ),
  );

/** By file: what the documentation shows, what is inferred, what is there and what is not, and the templates. */
const files = {
  ...Object.fromEntries(names.map((each, at) => [`src/example-${at}.ts`, exampleOf(each)])),
  "src/inference.ts": INFERENCE,
  "src/platform.ts": PLATFORM,
  "src/table.csv": "a",
  "src/data.json": '{"a":"b"}',
  "src/foreign.ts": foreign.join("\n"),
  ...Object.fromEntries(generated),
};

test.each(compilers)("%s infers, knows the platform and nothing of browsers and Node", (_name, tsc) => {
  expect(generated).toHaveLength(40);
  expect(complaintsOf(tsc, files)).toBe("");
});

const examples = fileURLToPath(new URL("../../examples/javascript", import.meta.url));
test.each(readdirSync(examples).filter((name) => existsSync(join(examples, name, "tsconfig.json"))))(
  "the example %s has no type errors",
  (name) => {
    const { stdout } = spawnSync(process.execPath, [compilers[1][1], "-p", join(examples, name)], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
  },
);

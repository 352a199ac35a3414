/** What an editor shows in a project: no errors, and a text for each of our names; with TypeScript 5 and 7. */
import { spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { renderTemplate, smartModuleKinds } from "@smdk/templates";
import { afterAll, expect, it } from "vitest";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("../../", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "smdk-editor-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

// A folder with all templates, which finds the packages as a generated project does.
mkdirSync(join(dir, "node_modules/@smdk"), { recursive: true });
symlinkSync(join(root, "sdk/assemblyscript"), join(dir, "node_modules/@smdk/assemblyscript"), "junction");
for (const kind of smartModuleKinds) {
  for (const withParams of [false, true]) {
    for (const lookBack of [false, true]) {
      const files = renderTemplate({
        name: "word-filter",
        group: "acme",
        visibility: "private",
        language: "assemblyscript",
        sdkVersion: "^0.1.0",
        kind,
        withParams,
        lookBack,
      });
      const project = join(dir, `${kind}-${withParams}-${lookBack}`);
      for (const { path, contents } of files.filter(({ path }) => /^src\/|^tsconfig\.json$/.test(path))) {
        mkdirSync(dirname(join(project, path)), { recursive: true });
        writeFileSync(join(project, path), contents);
      }
    }
  }
}
const examples = readdirSync(join(root, "examples"))
  .map((name) => join(root, "examples", name))
  .filter((folder) => existsSync(join(folder, "SmartModule.toml")));
const projects = [
  ...readdirSync(dir)
    .filter((name) => name !== "node_modules")
    .map((name) => join(dir, name)),
  ...examples,
];
writeFileSync(
  join(dir, "tsconfig.json"),
  JSON.stringify({
    extends: "@smdk/assemblyscript/tsconfig.json",
    include: projects.map((project) => `${project}/src`),
  }),
);

const versions = [
  ["5", "typescript-5"],
  ["7", "typescript"],
] as const;

it("all have the same configuration", () => {
  for (const project of projects) {
    const config = JSON.parse(readFileSync(join(project, "tsconfig.json"), "utf8"));
    expect(config, project).toEqual({ extends: "@smdk/assemblyscript/tsconfig.json", include: ["src"] });
  }
});

it.each(versions)("tsc of TypeScript %s finds nothing in templates and examples", (major, name) => {
  const manifest = require.resolve(`${name}/package.json`);
  expect(JSON.parse(readFileSync(manifest, "utf8")).version).toMatch(new RegExp(`^${major}\\.`));
  const tsc = join(dirname(manifest), "bin/tsc");
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, "--noEmit", "--pretty", "false", "-p", dir], {
    encoding: "utf8",
  });
  expect(stdout + stderr).toBe("");
  // The folder of an example by itself, as somebody has it who looks at one.
  const one = spawnSync(process.execPath, [tsc, "--noEmit", "-p", join(root, "examples/pii-redact")], {
    encoding: "utf8",
  });
  expect(one.stdout + one.stderr).toBe("");
});

const sources = projects.flatMap((project) =>
  readdirSync(join(project, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(project, "src", name)),
);

it("the language service of TypeScript 5 has a text for each of our names", () => {
  const ts = require("typescript-5") as typeof import("typescript-5");
  const config = ts.getParsedCommandLineOfConfigFile(
    join(dir, "tsconfig.json"),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
        throw new Error(String(diagnostic.messageText));
      },
    },
  );
  const service = ts.createLanguageService({
    getCompilationSettings: () => config?.options ?? {},
    getScriptFileNames: () => sources,
    getScriptVersion: () => "1",
    getScriptSnapshot: (file) => {
      const text = ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => dir,
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  const problemsOf = (file: string): string[] =>
    [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)].map(
      ({ start = 0, messageText }) =>
        `${file}:${start} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  let ours = 0;
  const silent = new Set<string>();
  for (const file of sources) {
    expect(problemsOf(file)).toEqual([]);
    for (const { index, 0: name } of readFileSync(file, "utf8").matchAll(/(?<=[.\s{])[A-Za-z]\w*/g)) {
      const [definition] = service.getDefinitionAtPosition(file, index) ?? [];
      if (!definition?.fileName.includes("assemblyscript/types/index.d.ts")) continue;
      ours++;
      const info = service.getQuickInfoAtPosition(file, index);
      if (!info?.documentation?.length) silent.add(`${name} in ${file}`);
    }
  }
  expect([...silent]).toEqual([]);
  expect(ours).toBeGreaterThan(200);
});

it("the language server of TypeScript 7 shows types and texts, and no errors", async () => {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const child = spawn(process.execPath, [tsc, "--lsp", "--stdio"], { stdio: ["pipe", "pipe", "ignore"] });
  const answers = new Map<number, (result: unknown) => void>();
  const send = (message: object): void => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  };
  let pending = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const head = pending.indexOf("\r\n\r\n");
      const length = Number(/Content-Length: (\d+)/i.exec(pending.subarray(0, head).toString())?.[1] ?? 0);
      if (head < 0 || pending.length < head + 4 + length) return;
      const message = JSON.parse(pending.subarray(head + 4, head + 4 + length).toString());
      pending = pending.subarray(head + 4 + length);
      if (message.id === undefined) continue;
      if (message.method === undefined) answers.get(message.id)?.(message.result);
      else send({ id: message.id, result: (message.params?.items ?? []).map(() => ({})) });
    }
  });
  const ask = (method: string, params: object): Promise<unknown> =>
    new Promise((resolve) => {
      const id = answers.size + 1;
      answers.set(id, resolve);
      send({ id, method, params });
    });
  try {
    const folder = join(root, "examples/pii-redact");
    const rootUri = pathToFileURL(folder).href;
    const capabilities = { textDocument: { hover: { contentFormat: ["markdown"] }, diagnostic: {} } };
    await ask("initialize", { processId: process.pid, rootUri, capabilities });
    send({ method: "initialized", params: {} });
    for (const file of [join(folder, "src/index.ts"), join(dir, "filter-true-true/src/index.ts")]) {
      const text = readFileSync(file, "utf8");
      const textDocument = { uri: pathToFileURL(file).href };
      send({
        method: "textDocument/didOpen",
        params: { textDocument: { ...textDocument, languageId: "typescript", version: 1, text } },
      });
      expect(await ask("textDocument/diagnostic", { textDocument })).toMatchObject({ items: [] });
      for (const pattern of [/(?<=record: )Record/, /(?<=record\.)value/, /(?<=params: )Params/]) {
        const before = text.slice(0, text.search(pattern)).split("\n");
        const position = { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
        const hover = (await ask("textDocument/hover", { textDocument, position })) as {
          contents: { value: string };
        };
        expect(hover.contents.value, String(pattern)).toMatch(/```typescript\n[\s\S]+\n```\n\S/);
      }
    }
  } finally {
    child.kill();
  }
});

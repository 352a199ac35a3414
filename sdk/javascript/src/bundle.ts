// The user's program and its libraries as one script.

import { readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Message, Plugin } from "esbuild";
import { type BuildDiagnostic, codeFrame } from "./errors.ts";
import { isLibrary, libraryOf } from "./libraries.ts";
import { BROUGHT, insteadOfNode, MISSING } from "./platform.ts";
import { ENTRY_HOOK, type LineTable } from "./snapshot.ts";
import { originOf, readSourceMap, type SourceMap } from "./source-map.ts";

export interface Bundle {
  readonly code: string;
  /** Source map of the bundle, as JSON. */
  readonly mapText: string;
  readonly map: SourceMap;
  /** The user's files that went into it, absolute. */
  readonly files: readonly string[];
  /** Files of npm packages that went into it, absolute. */
  readonly packageFiles: readonly string[];
  /** What each file imports, by absolute paths, with the words of the import. */
  readonly imports: ReadonlyMap<string, readonly { readonly file: string; readonly specifier: string }[]>;
  readonly diagnostics: readonly BuildDiagnostic[];
}

/** Bundles above this size make modules that clusters take long to move around. */
const LARGE_BUNDLE = 400_000;
const MARK = "__smdk_missing_";
/** What to do without eval. */
export const NO_EVAL =
  "There is no eval and no new Function in a SmartModule: use what the library has for generating code beforehand.";
const here = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

/** Bundles an entry file. The bundle is empty when there are errors among the diagnostics. */
export async function bundle(projectDir: string, entry: string): Promise<Bundle> {
  const { build } = await import("esbuild");
  const specifier = JSON.stringify(`./${entry.replaceAll("\\", "/").replace(/^\.\//, "")}`);
  const platformIndex = here("../platform/index.js");
  const result = await build({
    absWorkingDir: projectDir,
    stdin: {
      contents: `import * as exported from ${specifier};\n${ENTRY_HOOK}(exported);\n`,
      resolveDir: projectDir,
      sourcefile: "smdk-entry.js",
    },
    outfile: path.join(projectDir, "module.js"),
    bundle: true,
    write: false,
    metafile: true,
    format: "iife",
    platform: "browser",
    target: "es2023",
    charset: "utf8",
    sourcemap: "external",
    sourcesContent: false,
    logLevel: "silent",
    legalComments: "none",
    treeShaking: true,
    // What is made for browsers needs no Node.
    mainFields: ["browser", "module", "main"],
    conditions: ["smartmodule", "browser", "module"],
    loader: { ...Object.fromEntries(TEXT_FILES.map((end) => [end, "text"] as const)), ".bin": "binary" },
    // What is left of import() then fails with a message when it is called.
    supported: { "dynamic-import": false },
    alias: { "@smdk/javascript": here("./guest/index.js") },
    inject: [platformIndex],
    define: {
      global: "globalThis",
      self: "globalThis",
      "process.env.NODE_ENV": '"production"',
      "process.env": "{}",
      "import.meta.env": "{}",
      ...Object.fromEntries(BROUGHT.map((name) => [`globalThis.${name}`, name])),
      ...Object.fromEntries([...Object.keys(MISSING), "Function"].map((name) => [name, MARK + name])),
    },
    plugins: [withoutNode()],
  }).catch((error: unknown) => {
    if (typeof error === "object" && error !== null && "errors" in error) {
      return {
        failed: error.errors as Message[],
        warnings: (error as { warnings?: Message[] }).warnings ?? [],
      };
    }
    throw error;
  });
  const warnings = result.warnings
    .filter((message) => !isLibrary(message.location?.file ?? ""))
    .map((message) => {
      const isEval = message.text.startsWith("Using direct eval");
      return diagnosticOf(isEval ? "error" : "warning", message, projectDir);
    });
  if ("failed" in result) {
    const errors = result.failed.map((message) => diagnosticOf("error", message, projectDir));
    const empty = { sources: [], lines: [] };
    return {
      code: "",
      mapText: "",
      map: empty,
      files: [],
      packageFiles: [],
      imports: new Map(),
      diagnostics: [...errors, ...warnings],
    };
  }
  const text = (end: string): string =>
    result.outputFiles.find((file) => file.path.endsWith(end))?.text ?? "";
  const mapText = text(".map");
  const map = readSourceMap(mapText);
  const marked = text("module.js");
  const missing = [...findMissing(marked, map, projectDir), ...findDynamic(marked, map, projectDir)];
  const code = marked.replaceAll(new RegExp(`${MARK}(\\w+)`, "g"), "$1");
  const diagnostics = [...missing, ...warnings];
  if (code.length > LARGE_BUNDLE)
    diagnostics.push(tooLarge(code.length, result.metafile.outputs, projectDir));
  const inputs = Object.keys(result.metafile.inputs)
    .map((file) => path.resolve(projectDir, file))
    .filter((file) => !isOurs(file));
  const files = inputs.filter((file) => !isLibrary(file));
  const imports = new Map(
    Object.entries(result.metafile.inputs).map(([file, input]) => [
      path.resolve(projectDir, file),
      input.imports.map((each) => ({
        file: path.resolve(projectDir, each.path),
        specifier: each.original ?? each.path,
      })),
    ]),
  );
  return { code, mapText, map, files, packageFiles: inputs.filter(isLibrary), imports, diagnostics };
}

/** Files that can be imported as text, by their endings. */
const TEXT_FILES = [
  ...[".txt", ".csv", ".tsv", ".md", ".sql", ".html", ".xml", ".svg", ".yaml", ".yml", ".toml"],
  ...[".hbs", ".mustache", ".graphql", ".proto"],
];

/** Node's own modules are not there. */
function withoutNode(): Plugin {
  const names = new Set(builtinModules);
  return {
    name: "without-node",
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)*$/ }, async (args) => {
        if (args.pluginData === "asked") return undefined;
        const bare = args.path.replace(/^node:/, "");
        if (!args.path.startsWith("node:") && !names.has(bare)) return undefined;
        if (!args.path.startsWith("node:")) {
          // A package from npm may have the name of one of Node's.
          const { kind, importer, resolveDir } = args;
          const found = await build.resolve(args.path, { kind, importer, resolveDir, pluginData: "asked" });
          // A package may say that it does without in browsers: esbuild knows how.
          if (found.errors.length === 0) return path.isAbsolute(found.path) ? found : undefined;
        }
        if (args.kind === "require-call" && isLibrary(args.importer)) {
          // Many libraries ask for them only when they find themselves in Node.
          return { path: args.path, namespace: ABSENT };
        }
        return {
          errors: [
            {
              text: `"${args.path}" is a module of Node, which is not there`,
              detail: insteadOfNode(args.path),
            },
          ],
        };
      });
      build.onLoad({ filter: /.*/, namespace: ABSENT }, (args) => ({
        contents: `throw new Error(${JSON.stringify(`"${args.path}" is a module of Node, which is not there`)});`,
        loader: "js",
      }));
    },
  };
}

/** Namespace of modules that fail when they are loaded. */
const ABSENT = "smdk-absent";

function diagnosticOf(severity: "error" | "warning", message: Message, projectDir: string): BuildDiagnostic {
  const { location } = message;
  let text = message.text;
  let hint = typeof message.detail === "string" ? message.detail : message.notes[0]?.text;
  if (/^Top-level await/.test(text)) {
    text =
      "top-level await is not possible: a module's top level runs when it is built, and has nothing to wait for";
    hint = "Do it in an async `init`, or without await.";
  } else if (/^Could not resolve "/.test(text)) {
    text = text.replace(/^Could not resolve/, "cannot find");
    const name = /"([^"]+)"/.exec(text)?.[1] ?? "";
    if (location === null || location.file === "smdk-entry.js") {
      return {
        severity,
        message: `the entry file ${name} is missing`,
        file: "",
        line: 1,
        column: 1,
        frame: "",
      };
    }
    const owner = libraryOf(`node_modules/${name}`);
    hint = name.startsWith(".")
      ? "Look at the path."
      : message.notes.some((note) => /is not exported by package/.test(note.text))
        ? `${owner} is there, but does not offer that path to others: see \`exports\` in its package.json.`
        : `Install it: npm install ${owner}`;
  } else if (text.startsWith("Using direct eval")) {
    text = "eval is not there in a SmartModule";
    hint = NO_EVAL;
  } else if (/^No matching export in .* for import ["]default["]/.test(text)) {
    hint = 'It has no default export: write `import * as name from "…"`, or name what you need in braces.';
  } else if (/^"import\.meta" is not available/.test(text)) {
    text = "import.meta is empty in a SmartModule";
    hint = "The module has no file and no address. What it needs from files is imported when it is built.";
  } else if (/^No loader is configured/.test(text)) {
    hint = `These become text: ${TEXT_FILES.join(", ")}. A .json file becomes what it says, a .bin file bytes: rename a copy.`;
  } else if (/^Expected .* but found/.test(text) && /\.[cm]?jsx?$/.test(location?.file ?? "")) {
    hint =
      'Types belong into files that end in .ts; the entry is then named in SmartModule.toml, with lang = "typescript".';
  }
  const extra = hint === undefined || hint === "" ? {} : { hint };
  if (location === null)
    return { severity, message: text, ...extra, file: "", line: 1, column: 1, frame: "" };
  return {
    severity,
    message: text,
    ...extra,
    file: path.resolve(projectDir, location.file),
    line: location.line,
    column: location.column + 1,
    frame: codeFrame(location.lineText, location.line, location.column + 1, location.length),
  };
}

/** Globals that are used and not there: errors in the user's files, warnings in libraries. */
function findMissing(code: string, map: SourceMap, projectDir: string): BuildDiagnostic[] {
  const found: BuildDiagnostic[] = [];
  const uses: { name: string; file: string; line: number; column: number }[] = [];
  const asked = new Set<string>();
  for (const [index, text] of code.split("\n").entries()) {
    for (const match of text.matchAll(new RegExp(`(typeof\\s+)?${MARK}(\\w+)(\\()?`, "g"))) {
      const name = match[2] as string;
      // The class is there; it is only that it makes nothing.
      if (name === "Function" && match[3] === undefined) continue;
      const place = originOf(map, index + 1, match.index + 1);
      const file = place === null ? "" : (map.sources[place.source] ?? "");
      if (match[1]) asked.add(`${file} ${name}`);
      else if (place !== null) uses.push({ name, file, line: place.line, column: place.column });
    }
  }
  const warned = new Set<string>();
  for (const { name, file, line, column } of uses) {
    // Whoever asks by typeof whether it is there knows what to do without.
    if (asked.has(`${file} ${name}`)) continue;
    const hint = MISSING[name] ?? (name === "Function" ? NO_EVAL : "");
    const library = libraryOf(file);
    if (library !== null) {
      // Libraries that make code ask whether it works, or have been told to make it beforehand.
      if (name === "Function") continue;
      if (warned.has(`${library} ${name}`)) continue;
      warned.add(`${library} ${name}`);
      const message = `${library} uses ${name}, which a SmartModule does not have; it may fail when it gets there`;
      found.push({
        severity: "warning",
        message,
        hint,
        file: path.resolve(projectDir, file),
        line,
        column,
        frame: "",
      });
    } else {
      const absolute = path.resolve(projectDir, file);
      const text = readFileSync(absolute, "utf8").split("\n")[line - 1] ?? "";
      found.push({
        severity: "error",
        message: `${name === "Function" ? "new Function" : name} is not there in a SmartModule`,
        hint,
        file: absolute,
        line,
        column,
        frame: codeFrame(text, line, column, name.length),
      });
    }
  }
  return found;
}

const NO_REACT =
  "JSX becomes calls of React.createElement: import React, or name your own function as jsxFactory in tsconfig.json.";

/** Modules that are named at run time, and JSX without React, in the user's files. */
function findDynamic(code: string, map: SourceMap, projectDir: string): BuildDiagnostic[] {
  const found = new Map<string, BuildDiagnostic>();
  const hasReact = /\b(?:const|let|var|function|class)\s+React\b/.test(code);
  for (const [index, text] of code.split("\n").entries()) {
    for (const match of text.matchAll(/\b__require\((?!")|\bReact\.createElement\(/g)) {
      const isReact = match[0].startsWith("React");
      if (isReact && hasReact) continue;
      const place = originOf(map, index + 1, match.index + 1);
      const name = place && map.sources[place.source];
      if (!place || !name || isLibrary(name) || isOurs(path.resolve(projectDir, name))) continue;
      const file = path.resolve(projectDir, name);
      const { line } = place;
      const source = readFileSync(file, "utf8").split("\n")[line - 1] ?? "";
      const at = isReact ? 0 : source.slice(place.column - 1).search(/\b(import|require)\s*\(/);
      const column = place.column + Math.max(0, at);
      found.set(`${file}:${line}`, {
        severity: "error",
        message: isReact
          ? "React is not there, which JSX needs"
          : "a module cannot be chosen at run time: imports are decided when the SmartModule is built",
        hint: isReact ? NO_REACT : "Import all that may be needed, and choose among it.",
        file,
        line,
        column,
        frame: codeFrame(source, line, column, isReact ? 1 : 6),
      });
    }
  }
  return [...found.values()];
}

function tooLarge(
  size: number,
  outputs: Readonly<Record<string, { inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>,
  projectDir: string,
): BuildDiagnostic {
  const sizes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const owner = libraryOf(file) ?? "your own files";
      sizes.set(owner, (sizes.get(owner) ?? 0) + bytesInOutput);
    }
  }
  const largest = [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 3);
  return {
    severity: "warning",
    message: `the program is large: ${Math.round(size / 1000)} KB with its libraries, and becomes several times that in the module`,
    hint: `The largest parts: ${largest.map(([name, bytes]) => `${name} (${Math.round(bytes / 1000)} KB)`).join(", ")}.`,
    file: projectDir,
    line: 1,
    column: 1,
    frame: "",
  };
}

/**
 * For stack traces inside the module: the user's place of every line of the bundle. Columns differ from those of the
 * source by a number that changes where the bundler has taken out types: pieces of a line have one each.
 */
export function lineTable(map: SourceMap, projectDir: string): LineTable {
  const files: string[] = [];
  const numbers = new Map<number, number>();
  const lines = map.lines.map((mappings) => {
    const [first] = mappings;
    const name = first && map.sources[first.source];
    if (
      first === undefined ||
      name === undefined ||
      isLibrary(name) ||
      isOurs(path.resolve(projectDir, name))
    )
      return ";";
    let number = numbers.get(first.source);
    if (number === undefined) {
      number = files.push(name) - 1;
      numbers.set(first.source, number);
    }
    let pieces = `${number}`;
    let last: { line: number; shift: number } | undefined;
    for (const { at, source, line, column } of mappings) {
      const shift = column - at;
      if (source !== first.source || (last?.line === line && last.shift === shift)) continue;
      last = { line, shift };
      pieces += `|${at},${line},${shift}`;
    }
    return `${pieces};`;
  });
  return { lines: lines.join(""), files };
}

const OURS = [here("../platform/"), here("./guest/")];

/** Whether an absolute path is a part of this package. */
function isOurs(file: string): boolean {
  const isPart = OURS.some((dir) => file.startsWith(dir)) || /[\\/]@smdk[\\/]javascript[\\/]/.test(file);
  return isPart || /^(smdk-entry\.js$|<define:|smdk-absent:)/.test(path.basename(file));
}

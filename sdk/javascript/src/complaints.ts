// What is said of programs that bundle but make no module: the user's place, and what to do instead.

import { readFileSync } from "node:fs";
import path from "node:path";
import { type Bundle, NO_EVAL } from "./bundle.ts";
import { type BuildDiagnostic, codeFrame } from "./errors.ts";
import { libraryOf } from "./libraries.ts";
import { insteadOfNode, MISSING } from "./platform.ts";
import { originOf } from "./source-map.ts";
import type { GuestError } from "./vm.ts";

const TRANSFORMS = ["filter", "map", "filterMap", "arrayMap", "aggregate"];
/** What people call the transforms elsewhere. */
const ALIASES: Readonly<Record<string, string>> = {
  flatmap: "arrayMap",
  reduce: "aggregate",
  fold: "aggregate",
  transform: "map",
  process: "map",
  predicate: "filter",
  setup: "init",
  initialstate: "initial",
};
const KNOWN = [...TRANSFORMS, "init", "lookBack", "initial"];
/** The same in the way of Rust; both are taken. */
const SNAKE = ["filter_map", "array_map", "look_back"];

/** The known name that a wrong one is meant to be. */
function meant(name: string): string | undefined {
  const plain = name.toLowerCase().replaceAll("_", "");
  const known = KNOWN.find((each) => [plain, plain.replace(/s$/, "")].includes(each.toLowerCase()));
  return known ?? ALIASES[plain];
}

interface Exported {
  readonly name: string;
  /** Index in the text. */
  readonly at: number;
}

/** Functions and values that the text of a file exports by name. */
function exportsOf(text: string): Exported[] {
  const pattern = /^[ \t]*export\s+(?:async\s+)?(?:function\s*\*?|const|let|var|class)\s+([\w$]+)/gm;
  return [...text.matchAll(pattern)].map((match) => ({
    name: match[1] as string,
    at: match.index + match[0].length - (match[1] as string).length,
  }));
}

/** A complaint about a place in a file. */
function complaint(
  severity: "error" | "warning",
  file: string,
  text: string,
  { at, length }: { at: number; length: number },
  message: string,
  hint: string | undefined,
): BuildDiagnostic {
  const before = text.slice(0, at).split("\n");
  const line = before.length;
  const column = (before.at(-1) ?? "").length + 1;
  const frame = codeFrame(text.split("\n")[line - 1] ?? "", line, column, length);
  return { severity, message, ...(hint === undefined ? {} : { hint }), file, line, column, frame };
}

/** The entry file's exports are not those of a SmartModule: `message` and `hint` are the engine's. */
export function wrongExports(file: string, message: string, hint: string): BuildDiagnostic {
  const text = read(file);
  const exported = exportsOf(text);
  const isKnown = ({ name }: Exported): boolean => TRANSFORMS.includes(name) || name === "lookBack";
  if (message.startsWith("no transform found")) {
    for (const { name, at } of exported) {
      const better = meant(name);
      if (better === undefined || better === name || !TRANSFORMS.includes(better)) continue;
      const help = `Did you mean ${better}? The transforms are called ${TRANSFORMS.join(", ")}.`;
      return complaint("error", file, text, { at, length: name.length }, message, help);
    }
  }
  const named = exported.filter(({ name }) => message.includes(name));
  const place = message.startsWith("a SmartModule has exactly one")
    ? named.filter(isKnown)[1]
    : named.find(isKnown);
  if (place !== undefined) {
    return complaint("error", file, text, { at: place.at, length: place.name.length }, message, hint);
  }
  const standard = /^[ \t]*(export\s+default|module\.exports)\b/m.exec(text);
  if (standard !== null && message.includes("default")) {
    const at = standard.index + standard[0].length - (standard[1] as string).length;
    return complaint("error", file, text, { at, length: (standard[1] as string).length }, message, hint);
  }
  return { severity: "error", message, hint, file, line: 1, column: 1, frame: "" };
}

/** Exports of the entry file that nobody calls although their names nearly say so. */
export function idleExports(file: string): BuildDiagnostic[] {
  const text = read(file);
  const exported = exportsOf(text);
  const names = new Set(exported.map(({ name }) => name));
  return exported.flatMap(({ name, at }) => {
    const better = KNOWN.includes(name) || SNAKE.includes(name) ? undefined : meant(name);
    if (better === undefined || names.has(better) || TRANSFORMS.includes(better)) return [];
    const message = `nothing uses ${name}`;
    return [
      complaint("warning", file, text, { at, length: name.length }, message, `Did you mean ${better}?`),
    ];
  });
}

/** An error of the program's top level, at the user's line. */
export function loadFailure(error: GuestError, bundled: Bundle, projectDir: string): BuildDiagnostic {
  const places = [...error.guestStack.matchAll(/module\.js:(\d+)(?::(\d+))?/g)].flatMap((match) => {
    const place = originOf(bundled.map, Number(match[1]), Number(match[2] ?? 1));
    const name = place && bundled.map.sources[place.source];
    return place && name ? [{ ...place, name }] : [];
  });
  const owned = places.filter(({ name }) => !/^smdk-|^<define:|@smdk\/javascript/.test(name));
  const place = owned.find(({ name }) => libraryOf(name) === null) ?? owned[0];
  const what = error.errorName === "Error" ? error.message : `${error.errorName}: ${error.message}`;
  const isEndless = error.errorName === "InternalError" && error.message === "interrupted";
  const message = isEndless
    ? "the program takes too long to load: its top level runs when it is built"
    : `the program fails while it is loaded: ${what}`;
  const hint = hintFor(error, isEndless);
  const extra = hint === undefined ? {} : { hint };
  if (place === undefined)
    return { severity: "error", message, ...extra, file: "", line: 1, column: 1, frame: "" };
  const file = path.resolve(projectDir, place.name);
  const line = read(file).split("\n")[place.line - 1];
  const [inner] = owned;
  const library = inner && libraryOf(inner.name);
  // What a library does when it is loaded, not when it is called.
  if (inner && library && (libraryOf(place.name) !== null || /^\s*import\b|\brequire\(/.test(line ?? ""))) {
    const asked = userImport(bundled, path.resolve(projectDir, inner.name), projectDir);
    if (asked !== null) {
      const text = read(asked.file);
      const at = Math.max(0, text.search(new RegExp(`["']${quoted(asked.specifier)}["']`)));
      const inside = `${inner.name.slice(inner.name.lastIndexOf("node_modules"))}:${inner.line}`;
      const where = `${library} fails while it is loaded: ${what} (${inside})`;
      const help = `${hint === undefined ? "" : `${hint} `}Is there a build of ${library} for browsers?`;
      return complaint("error", asked.file, text, { at, length: asked.specifier.length + 2 }, where, help);
    }
  }
  const frame = line === undefined ? "" : codeFrame(line, place.line, place.column, 1);
  return { severity: "error", message, ...extra, file, line: place.line, column: place.column, frame };
}

function hintFor(error: GuestError, isEndless: boolean): string | undefined {
  const { errorName, message } = error;
  if (isEndless) return "Is there an endless loop?";
  if (/eval is not supported/.test(message)) return NO_EVAL;
  if (errorName === "InternalError" && message === "out of memory")
    return "The heap has memoryMiB of the table [build] in SmartModule.toml, 512 if it says nothing.";
  const missing = /^(\w+) is not defined$/.exec(message)?.[1];
  if (missing !== undefined && Object.hasOwn(MISSING, missing)) return MISSING[missing];
  const module = /^"([\w:/]+)" is a module of Node/.exec(message)?.[1];
  if (module === undefined) return undefined;
  const plain = module.replace(/^node:/, "");
  const standIn = STAND_INS.has(plain) ? ` Or install what stands in for it: npm install ${plain}.` : "";
  return insteadOfNode(module) + standIn;
}

/** Modules of Node for which npm has packages of the same name. */
const STAND_INS = new Set([
  "assert",
  "buffer",
  "events",
  "punycode",
  "querystring",
  "string_decoder",
  "url",
  "util",
]);

/** The import in the user's files through which a library's file came in. */
function userImport(
  { imports }: Bundle,
  target: string,
  projectDir: string,
): { file: string; specifier: string } | null {
  const reaches = (file: string, seen: Set<string>): boolean => {
    if (file === target) return true;
    if (seen.has(file) || libraryOf(file) === null) return false;
    seen.add(file);
    return (imports.get(file) ?? []).some((each) => reaches(each.file, seen));
  };
  for (const [file, list] of imports) {
    if (libraryOf(file) !== null || !file.startsWith(path.resolve(projectDir))) continue;
    const found = list.find((each) => libraryOf(each.file) !== null && reaches(each.file, new Set()));
    if (found !== undefined) return { file, specifier: found.specifier };
  }
  return null;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

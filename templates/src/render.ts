/** Renders a project from the template files of this package. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import Handlebars from "handlebars";
import { factsOf, type TemplateCase } from "./kinds.ts";
import type { Language, Variant } from "./options.ts";

export interface TemplateOptions extends Variant {
  /** Project name as typed; names the SmartModule package. */
  name: string;
  /** Group of the SmartModule package. */
  group: string;
  visibility: "private" | "public";
  language: Language;
  /** Version range of the smdk packages the project depends on, for example `^0.1.0`. */
  sdkVersion: string;
  /**
   * Where to take single packages from instead of the registry: package name to a dependency
   * specifier such as `file:/dir/smdk-0.1.0.tgz`. They also become `overrides`, so that packages of
   * this list find one another.
   */
  sources?: Readonly<Record<string, string>>;
}

/** A file of the project; `path` is relative to its root, with `/` between the parts. */
export interface TemplateFile {
  path: string;
  contents: string;
}

/** The smdk packages every project asks for by itself. */
const directDependencies: Record<Language, readonly string[]> = {
  assemblyscript: ["@smdk/assemblyscript", "@smdk/testing", "smdk"],
  typescript: ["@smdk/javascript", "@smdk/testing", "smdk"],
  javascript: ["@smdk/javascript", "@smdk/testing", "smdk"],
};

const languageNames: Record<Language, string> = {
  assemblyscript: "AssemblyScript",
  typescript: "TypeScript",
  javascript: "JavaScript",
};

/** The test runner, and the types that an editor needs in test files. */
const testDependencies = [
  { name: "@types/node", version: "^20.19.0" },
  { name: "vitest", version: "^4.1.0" },
];

/** The files of a new project, sorted by path. Pure: writes nothing. */
export function renderTemplate(options: TemplateOptions): TemplateFile[] {
  const root = fileURLToPath(new URL("../files/", import.meta.url));
  const view = viewOf(options);
  const folders = ["common", options.language, `${options.language}/kinds/${options.kind}`];
  return folders
    .flatMap((folder) =>
      readdirSync(`${root}${folder}`, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".hbs"))
        .map((entry) => `${entry.parentPath}/${entry.name}`.replaceAll("\\", "/"))
        .filter((file) => folder !== options.language || !file.includes("/kinds/"))
        .map((file) => ({
          path: targetOf(file.slice(`${root}${folder}/`.length)),
          // A part that falls away at the beginning leaves its line.
          contents: compile(readFileSync(file, "utf8"))(view).replace(/^\n+/, ""),
        })),
    )
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function viewOf(options: TemplateOptions): Record<string, unknown> {
  const facts = factsOf(options);
  const [shown] = facts.cases;
  const earlier = facts.cases.find((item) => item.before !== undefined);
  return {
    ...options,
    packageName: packageNameOf(options.name),
    languageName: languageNames[options.language],
    entry: options.language === "javascript" ? "src/index.js" : "src/index.ts",
    // AssemblyScript is what a manifest that says nothing means.
    buildLanguage: options.language === "assemblyscript" ? null : options.language,
    does: facts.does,
    params: facts.params,
    cases: facts.cases.map((item) => ({ ...item, call: callOf(item) })),
    casesFile: casesFileOf(facts.cases),
    shown: { ...shown, command: commandFor(shown!) },
    shownLookBack: earlier && { ...earlier, command: commandFor(earlier) },
    devDependencies: dependenciesOf(options),
    overrides: Object.entries(options.sources ?? {}).map(([name, version]) => ({ name, version })),
  };
}

function dependenciesOf({
  language,
  sdkVersion,
  sources,
}: TemplateOptions): { name: string; version: string }[] {
  const own = directDependencies[language].map((name) => ({ name, version: sources?.[name] ?? sdkVersion }));
  return [...own, ...testDependencies].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The call of the test helper that runs a case. */
function callOf({ input, params, before }: TemplateCase): string {
  const entries = Object.entries(params ?? {}).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  const options = [
    ...(entries.length > 0 ? [`params: { ${entries.join(", ")} }`] : []),
    ...(before ? [`lookBack: ${listOf(before)}`] : []),
  ];
  return `project.run(${listOf(input)}${options.length > 0 ? `, { ${options.join(", ")} }` : ""})`;
}

/** What `smdk test` runs when it is given no records: a case a line, easy to add to. */
function casesFileOf(cases: readonly TemplateCase[]): string {
  return `[\n${cases.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n]`;
}

function listOf(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** The `smdk test` command that does what the first case of the tests does. */
function commandFor({ input, params, before = [] }: TemplateCase): string {
  const flags = [
    ...Object.entries(params ?? {}).map(([key, value]) => ` -e ${key}=${value}`),
    ...(before.length > 0 ? [` --lookback-last ${before.length}`] : []),
    ...before.map((value) => ` --record ${value}`),
  ];
  return `printf '${input.join("\\n")}' | npx smdk test --stdin${flags.join("")}`;
}

/** npm wants lower case and no leading dot or underscore. */
function packageNameOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9-_]+/g, "-");
}

/** npm drops files named `.gitignore` from packages, so the template has no dot; nor has its neighbour. */
function targetOf(path: string): string {
  return path.replace(/\.hbs$/, "").replace(/^(gitignore$|github\/)/, ".$1");
}

function compile(source: string): (view: Record<string, unknown>) => string {
  const handlebars = Handlebars.create();
  handlebars.registerHelper("json", (value: unknown) => JSON.stringify(value));
  handlebars.registerHelper("or", (one: unknown, other: unknown) => Boolean(one) || Boolean(other));
  handlebars.registerHelper("list", listOf);
  handlebars.registerHelper("toml", (value: string) => JSON.stringify(value));
  return handlebars.compile(source, { noEscape: true });
}

/** Completes the answers `smdk generate` needs: from flags, from a person at a terminal, or from defaults. */
import type { Language, SmartModuleKind } from "@smdk/templates";
import { CliError, usage } from "../errors.ts";

export interface Answers {
  name: string;
  group: string;
  kind: SmartModuleKind;
  language: Language;
  withParams: boolean;
  lookBack: boolean;
  visibility: "private" | "public";
}

type Given = { [Key in keyof Answers]: Answers[Key] | undefined };

const defaults: Omit<Answers, "name"> = {
  group: "local",
  kind: "filter",
  language: "assemblyscript",
  withParams: false,
  lookBack: false,
  visibility: "private",
};

/** What is wrong with a project name, or undefined. The rule is Fluvio's. */
export function projectNameProblem(name: string): string | undefined {
  if (name.length > 63) return "a project name has at most 63 characters";
  if (!/^[a-zA-Z][a-zA-Z0-9_-]+$/.test(name)) {
    return "a project name starts with a letter and goes on with letters, digits, - or _ (two characters at least)";
  }
  return undefined;
}

/** All answers. Without a terminal (`mayAsk` false) nothing is asked; a missing name is then a usage error. */
export async function interview(given: Given, mayAsk: boolean): Promise<Answers> {
  if (given.name !== undefined) {
    const problem = projectNameProblem(given.name);
    if (problem) throw usage(`invalid project name "${given.name}": ${problem}`, "smdk generate my-module");
  }
  const known = mayAsk ? await ask(given) : given;
  if (known.name === undefined) {
    throw usage("a project name is needed", "smdk generate NAME (prompts need a terminal)");
  }
  return {
    name: known.name,
    group: toKebabCase(known.group ?? defaults.group),
    kind: known.kind ?? defaults.kind,
    language: known.language ?? defaults.language,
    withParams: known.withParams ?? defaults.withParams,
    lookBack: known.lookBack ?? defaults.lookBack,
    visibility: known.visibility ?? defaults.visibility,
  };
}

async function ask(given: Given): Promise<Given> {
  const { confirm, group, select, text } = await import("@clack/prompts");
  const questions = {
    name: () =>
      text({
        message: "Project name",
        validate: (value) => projectNameProblem(value ?? ""),
      }) as Promise<string>,
    group: () => text({ message: "Group of the package", initialValue: defaults.group }) as Promise<string>,
    kind: () =>
      select({
        message: "Which kind of SmartModule?",
        options: [
          { value: "filter", label: "filter", hint: "keeps some records" },
          { value: "map", label: "map", hint: "one record becomes one" },
          { value: "filter-map", label: "filter-map", hint: "one record becomes one or none" },
          { value: "array-map", label: "array-map", hint: "one record becomes any number" },
          { value: "aggregate", label: "aggregate", hint: "records add up" },
        ],
      }) as Promise<SmartModuleKind>,
    language: () =>
      select({
        message: "In which language?",
        options: [
          { value: "assemblyscript", label: "AssemblyScript", hint: "small and fast" },
          { value: "typescript", label: "TypeScript", hint: "the whole language and npm's libraries" },
          { value: "javascript", label: "JavaScript", hint: "the same without types" },
        ],
      }) as Promise<Language>,
    withParams: () =>
      confirm({ message: "Does it take parameters?", initialValue: false }) as Promise<boolean>,
    lookBack: () =>
      confirm({ message: "Does it look back at earlier records?", initialValue: false }) as Promise<boolean>,
    visibility: async () =>
      (await confirm({ message: "Will the package be public?", initialValue: false })) === true
        ? "public"
        : "private",
  };
  const open = Object.fromEntries(
    Object.entries(questions).filter(([key]) => given[key as keyof Given] === undefined),
  );
  const answered = await group(open, {
    onCancel: () => {
      throw new CliError("interrupted", "cancelled; nothing was written");
    },
  });
  return { ...given, ...(answered as Partial<Answers>) };
}

/** `Grp_X` becomes `grp-x`. */
export function toKebabCase(text: string): string {
  const kebab = text
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/[^a-zA-Z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .toLowerCase();
  if (kebab === "") throw usage(`invalid group "${text}"`, "--project-group my-group");
  return kebab;
}

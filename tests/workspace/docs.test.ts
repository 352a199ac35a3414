/** What the documents say is so: links lead somewhere, and commands and flags are those there are. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

interface CommandShape {
  hidden?: boolean;
  hiddenAliases?: string[];
  aliases: string[];
  flags: Record<
    string,
    { char?: string; aliases?: string[]; charAliases?: string[]; hidden?: boolean; allowNo?: boolean }
  >;
}

/** The commands as they are now; looking at the version brings the list up to date. */
function readCommands(): Map<string, CommandShape> {
  execFileSync(process.execPath, [join(root, "cli/bin/run.js"), "version"]);
  const { commands } = JSON.parse(readFileSync(join(root, "cli/oclif.manifest.json"), "utf8"));
  const found = new Map<string, CommandShape>();
  for (const [id, command] of Object.entries(commands as Record<string, CommandShape>)) {
    for (const name of [id, ...command.aliases, ...(command.hiddenAliases ?? [])]) {
      found.set(name.replaceAll(":", " "), command);
    }
  }
  return found;
}

/** Files below a folder, without what is installed, built or hidden. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (/^(node_modules|dist|build|\.git|\.smdk)$/.test(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

const documents = [...filesBelow(root)]
  .filter((path) => /\.md(\.hbs)?$/.test(path))
  .map((path) => ({ name: relative(root, path), path, text: readFileSync(path, "utf8") }));

const withoutCode = (text: string): string => text.replace(/```[\s\S]*?```/g, "").replace(/`[^`\n]*`/g, "");

/** As GitHub names headings in links. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ +(.+)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("links lead somewhere", () => {
  const broken: string[] = [];
  let count = 0;
  for (const { name, path, text } of documents) {
    for (const [, target] of withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      count++;
      const [file, anchor] = target!.split("#");
      const place = file ? join(dirname(path), file) : path;
      const isThere = existsSync(place);
      if (!isThere || (anchor && !anchors(readFileSync(place, "utf8")).includes(anchor)))
        broken.push(`${name}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
  expect(count).toBeGreaterThan(10);
});

describe("commands", () => {
  const commands = readCommands();
  const longest = Math.max(...[...commands.keys()].map((name) => name.split(" ").length));
  const valueFlags = /^-(c|P)$|^--(cluster|profile)$/;

  /** What is wrong with `smdk WORDS`; undefined when there is such a command with such flags. */
  function problem(words: readonly string[]): string | undefined {
    let rest = [...words];
    while (rest[0] !== undefined && valueFlags.test(rest[0])) rest = rest.slice(2);
    const first = { sm: "smartmodule", tf: "table-format" }[rest[0] ?? ""] ?? rest[0];
    rest =
      first === "cluster" && /^sp[ug]$/.test(rest[1] ?? "") ? rest.slice(1) : [first ?? "", ...rest.slice(1)];
    if (/^(help|autocomplete|--version|-V|--help|-h|COMMAND|)$/.test(rest[0]!)) return undefined;
    for (let length = longest; length > 0; length--) {
      const name = rest.slice(0, length).join(" ");
      const command = commands.get(name);
      if (command === undefined) continue;
      const known = Object.entries(command.flags).flatMap(
        ([flag, { char, aliases = [], charAliases = [], allowNo }]) => [
          ...[flag, ...aliases].flatMap((long) => [`--${long}`, ...(allowNo ? [`--no-${long}`] : [])]),
          ...[char, ...charAliases].map((short) => `-${short}`),
        ],
      );
      const wrong = rest.slice(length).find((word) => {
        const flag = /^(--[a-z][a-z-]*|-[A-Za-z](?![A-Za-z]))/.exec(word)?.[1];
        return flag !== undefined && !known.includes(flag) && !/^(--help|-h|--json)$/.test(flag);
      });
      return wrong && `${name} has no ${wrong}`;
    }
    const isTopic = [...commands.keys()].some((name) => name.startsWith(`${rest[0]} `));
    return isTopic && rest.length === 1 ? undefined : `no command ${rest.join(" ")}`;
  }

  test("in the documents are commands with flags that they have", () => {
    const wrong: string[] = [];
    let count = 0;
    for (const { name, text } of documents) {
      if (name === "docs/cli.md") continue;
      const blocks = [...text.matchAll(/```(?:sh|bash|shell|console)\n([\s\S]*?)```/g)].flatMap(([, block]) =>
        block!.split("\n").flatMap((line) => line.replace(/(^|\s)#.*$/, "").split(/\||&&|;/)),
      );
      const inline = [...text.replace(/```[\s\S]*?```/g, "").matchAll(/`((?:npx )?smdk [^`\n]+)`/g)].map(
        (match) => match[1]!,
      );
      for (const line of [...blocks, ...inline]) {
        const [, call] = /^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:npx )?smdk (.*)$/.exec(line) ?? [];
        if (call === undefined) continue;
        count++;
        // Quoted values may look like flags.
        const words = call
          .replace(/'[^']*'|"[^"]*"/g, "VALUE")
          .split(/[\s,]+/)
          .filter(Boolean);
        const complaint = problem(words);
        if (complaint !== undefined) wrong.push(`${name}: ${complaint}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(100);
  });

  test("in the examples of help are commands with flags that they have", () => {
    const { commands: raw } = JSON.parse(readFileSync(join(root, "cli/oclif.manifest.json"), "utf8"));
    const wrong = Object.values(raw as Record<string, { examples?: string[] }>)
      .flatMap(({ examples = [] }) => examples)
      .map((example) => /<%= config.bin %> (.*)/.exec(example)?.[1] ?? "")
      .map((call) => problem(call.replace(/'[^']*'|"[^"]*"/g, "VALUE").split(/\s+/)))
      .filter((complaint) => complaint !== undefined);
    expect(wrong).toEqual([]);
  });

  test("docs/cli.md has them all, and no others", () => {
    const sections = readFileSync(join(root, "docs/cli.md"), "utf8")
      .split(/^## smdk /m)
      .slice(1);
    const described = new Map(sections.map((section) => [section.split("\n", 1)[0]!, section]));
    const shown = [...commands].filter(([name, { hidden, aliases, hiddenAliases = [] }]) => {
      return !hidden && ![...aliases, ...hiddenAliases].includes(name.replaceAll(" ", ":"));
    });
    expect([...described.keys()].sort()).toEqual(shown.map(([name]) => name).sort());
    const missing = shown.flatMap(([name, { flags }]) =>
      Object.entries(flags)
        .filter(
          ([flag, { hidden }]) =>
            !hidden && !new RegExp(`--(\\[no-\\])?${flag}\\b`).test(described.get(name)!),
        )
        .map(([flag]) => `${name} --${flag}`),
    );
    expect(missing).toEqual([]);
  });
});

test("scripts that the documents name are there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const wrong = documents.flatMap(({ name, text }) =>
    [...text.matchAll(/pnpm(?:@12)?(?: run)? ([a-z][a-z:]*)/g)]
      .map((match) => match[1]!)
      .filter(
        (script) => !(script in scripts) && !/^(install|add|exec|pack|dlx|vitest|workspace)$/.test(script),
      )
      .map((script) => `${name}: ${script}`),
  );
  expect(wrong).toEqual([]);
});

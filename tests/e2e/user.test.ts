/**
 * What a user does with the published packages, outside this repository: install, generate, build, test, and send
 * records through the module in a local cluster.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smartModuleKinds } from "@smdk/templates";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packWorkspace, run, succeed } from "./packed.ts";

const home = mkdtempSync(join(tmpdir(), "smdk-e2e-"));
const packs = join(home, "packs");
const work = join(home, "work");
const executable = join(work, "node_modules", ".bin", "smdk");
/** npm keeps its own home: that is where it knows its registry from. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  NO_COLOR: "1",
  SMDK_HOME: join(home, "smdk"),
  FLV_PROFILE_PATH: join(home, "fluvio", "config"),
};
const minutes = 60_000;

const smdk = (args: string[], cwd = work, input = ""): Promise<string> =>
  succeed(executable, args, { cwd, env, input });
const npm = (args: string[], cwd: string): Promise<string> => succeed("npm", args, { cwd, env });

beforeAll(async () => {
  await packWorkspace(packs);
  mkdirSync(work);
  const tarballs = readdirSync(packs).map((file) => join(packs, file));
  await npm(["install", "--no-audit", "--no-fund", "--save-dev", ...tarballs, "vitest@^4.1.0"], work);
}, 10 * minutes);

afterAll(async () => {
  if (existsSync(executable)) await run(executable, ["cluster", "delete", "--force"], { cwd: work, env });
  rmSync(home, { recursive: true, force: true });
}, minutes);

test(
  "a project installs its own packages, as its README says",
  async () => {
    await smdk(["generate", "installed", "--sdk-path", packs, "--no-git"]);
    const project = join(work, "installed");
    await npm(["install", "--no-audit", "--no-fund", "--prefer-offline"], project);
    expect(existsSync(join(project, "node_modules", ".bin", "smdk"))).toBe(true);
    expect(await npm(["run", "build"], project)).toContain("Built installed (filter)");
    expect(await npm(["test"], project)).toMatch(/Tests +1 passed/);
  },
  5 * minutes,
);

// These projects lie below the directory that the packages were installed in, and find them there.
test.each(smartModuleKinds)(
  "generate, build, lint, test: %s with parameters and look-back",
  async (kind) => {
    const name = `my-${kind}`;
    const project = join(work, name);
    await smdk(["generate", name, "--kind", kind, "--with-params", "--look-back", "--no-git"]);
    const built = JSON.parse(await smdk(["build", "--json"], project));
    expect(built).toMatchObject({ name, kind: kind.replace("-", "_") });
    expect(readFileSync(built.wasmPath).subarray(0, 4).toString("latin1")).toBe("\0asm");
    expect(await smdk(["lint"], project)).toContain("Lint passed");
    const examples = readmeExamples(join(project, "README.md"));
    expect(examples).toHaveLength(2);
    for (const { input, options, output } of examples) {
      expect(await smdk(["test", "--stdin", ...options], project, input)).toBe(output);
    }
  },
  2 * minutes,
);

test.each(["typescript", "javascript"])(
  "generate, build, lint: %s",
  async (language) => {
    const name = `my-${language}`;
    const project = join(work, name);
    await smdk(["generate", name, "--lang", language, "--kind", "map", "--with-params", "--no-git"]);
    const built = JSON.parse(await smdk(["build", "--json"], project));
    expect(built).toMatchObject({ name, kind: "map", warnings: [] });
    expect(await smdk(["lint"], project)).toContain("Lint passed");
  },
  2 * minutes,
);

test(
  "the tests of all these projects pass",
  async () => {
    const vitest = join(work, "node_modules", ".bin", "vitest");
    const projects = [...smartModuleKinds, "typescript", "javascript"].map((name) => `my-${name}/`);
    const report = await succeed(vitest, ["run", "--no-isolate", ...projects], { cwd: work, env });
    expect(report).toMatch(new RegExp(`Test Files +${projects.length} passed`));
  },
  5 * minutes,
);

/** The commands in the README that try the module, and what it says comes out. */
function readmeExamples(path: string): { input: string; options: string[]; output: string }[] {
  const pattern =
    /printf '(.*)' \| npx smdk test --stdin(.*)\n```\n\n(?:The last line )?prints:?\n\n```\n([\s\S]*?)```/g;
  return [...readFileSync(path, "utf8").matchAll(pattern)].map(([, input, options, output]) => ({
    input: input!.replaceAll("\\n", "\n"),
    options: options!.split(" ").filter(Boolean),
    output: output!,
  }));
}

test(
  "a module goes into a cluster, and records go through it",
  async () => {
    const project = join(work, "installed");
    await smdk(["cluster", "start", "--port", "0"], project);
    expect(await smdk(["load"], project)).toContain("Creating SmartModule: installed");
    expect(await smdk(["smartmodule", "list"], project)).toContain("local/installed@0.1.0");
    await smdk(["topic", "create", "words"], project);
    await smdk(["produce", "words"], project, "apple\nplum\nbanana\n");
    const consume = ["consume", "words", "-B", "-d", "--smartmodule"];
    expect(await smdk([...consume, "installed"], project)).toBe("apple\nbanana\n");
    expect(await smdk([...consume, "local/installed@0.1.0"], project)).toBe("apple\nbanana\n");
    expect(await smdk(["smartmodule", "delete", "local/installed@0.1.0"], project)).toContain("deleted");
    await smdk(["cluster", "stop"], project);
  },
  2 * minutes,
);

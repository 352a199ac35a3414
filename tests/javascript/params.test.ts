/** Parameters that are declared once, in the program: from there into the manifest and into clusters. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { build, loadManifest } from "@smdk/compiler";
import { startTestCluster, type TestCluster } from "@smdk/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RunResult, run } from "../e2e/packed.ts";

const home = mkdtempSync(join(tmpdir(), "smdk-params-"));
const env = {
  ...process.env,
  NO_COLOR: "1",
  SMDK_HOME: join(home, "smdk"),
  FLV_PROFILE_PATH: join(home, "f"),
};
const executable = join(dirname(createRequire(import.meta.url).resolve("smdk/package.json")), "bin/run.js");

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(async () => {
  await cluster.close();
  rmSync(home, { recursive: true, force: true });
});

const smdk = (args: readonly string[], input = ""): Promise<RunResult> =>
  run(process.execPath, [executable, ...args], { cwd: home, env, input });

const program = `import { defineSmartModule, param } from "@smdk/javascript";

export default defineSmartModule({
  params: {
    level: param.enum(["info", "error"]).describe('what "level" to keep'),
    limit: param.int().default(2).check((n) => n > 0, "must be positive"),
  },
  filter: (record, { level, limit }) => record.value.field("level") === level && record.value.length > limit,
});
`;

function project(name: string, head: string, tail = ""): string {
  const directory = join(home, name);
  mkdirSync(join(directory, "src"), { recursive: true });
  writeFileSync(join(directory, "src/index.ts"), program);
  const about = `[package]\nname = "${name}"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\ndescription = "d"\n`;
  writeFileSync(
    join(directory, "SmartModule.toml"),
    `${head}${about}\n[build]\nlang = "typescript"\n${tail}`,
  );
  return directory;
}

test("a build adds them to the manifest, once", async () => {
  const comment = "# The key must be there even for a module without parameters.\n";
  const projectDir = project("added", `# Mine.\n${comment}params = []\n\n`);
  const first = await build({ projectDir });
  expect(first.warnings).toMatchObject([
    {
      message: "SmartModule.toml did not have the parameters of the program: level, limit",
      hint: "They have been added.",
    },
  ]);
  expect((await loadManifest(projectDir)).params).toEqual([
    { name: "level", description: 'what "level" to keep', optional: false },
    { name: "limit", optional: true },
  ]);
  const text = readFileSync(join(projectDir, "SmartModule.toml"), "utf8");
  expect(text).toMatch(
    /^# Mine\.\n\[package\]\n[\s\S]*lang = "typescript"\n\n\[\[params\]\]\nname = "level"/,
  );
  expect((await build({ projectDir })).warnings).toEqual([]);
  expect(readFileSync(join(projectDir, "SmartModule.toml"), "utf8")).toBe(text);
});

test("what the manifest says otherwise stays, with a warning", async () => {
  const tail =
    '\n[[params]]\nname = "level"\ndescription = "mine"\noptional = true\n\n[[params]]\nname = "limit"\noptional = true\n';
  const projectDir = project("otherwise", "", tail);
  const before = readFileSync(join(projectDir, "SmartModule.toml"), "utf8");
  expect((await build({ projectDir })).warnings).toMatchObject([
    {
      message: "the parameter level is required in the program and optional in SmartModule.toml",
      hint: "Write `optional = false` in its table [[params]].",
    },
  ]);
  const inline = project("inline", 'params = [{ name = "level" }]\n\n');
  expect((await build({ projectDir: inline })).warnings).toMatchObject([
    { hint: 'Add this to it:\n\n[[params]]\nname = "limit"\noptional = true\n' },
  ]);
  expect(readFileSync(join(projectDir, "SmartModule.toml"), "utf8")).toBe(before);
});

test("a cluster has them, and whoever starts the module hears what is wrong", async () => {
  const projectDir = project("known", "params = []\n\n");
  const target = ["--cluster", cluster.address];
  const loaded = await smdk(["load", "--path", "known", ...target]);
  expect(loaded.stderr + loaded.stdout).toContain("Creating SmartModule: known");
  const list = JSON.parse((await smdk(["smartmodule", "list", "-O", "json", ...target])).stdout);
  const [known] = list.filter(({ name }: { name: string }) => name.startsWith("known"));
  const wanted = {
    level: { description: 'what "level" to keep', optional: false },
    limit: { description: null, optional: true },
  };
  const params = Array.isArray(known.spec.meta.params)
    ? Object.fromEntries(known.spec.meta.params)
    : known.spec.meta.params;
  expect(params).toMatchObject({ level: { optional: false }, limit: { optional: true } });
  expect(Object.keys(params)).toEqual(Object.keys(wanted));

  const linted = await smdk(["lint", projectDir]);
  expect([linted.code, linted.stdout]).toEqual([0, expect.stringContaining("Lint passed")]);

  const client = await cluster.connect();
  await client.admin.topics.create("events");
  const producer = await client.producer("events");
  producer.send({ value: '{"level":"error"}' });
  producer.send({ value: '{"level":"info"}' });
  await producer.flush();
  const consume = (...more: string[]) =>
    smdk(["consume", "events", "-B", "-d", "--smartmodule", "g/known@0.1.0", ...more, ...target]);
  const said = async (...more: string[]): Promise<string> => {
    const { code, stderr } = await consume(...more);
    expect(code).not.toBe(0);
    return stderr;
  };
  expect((await consume("-e", "level=error")).stdout).toBe('{"level":"error"}\n');
  expect(await said()).toContain('Missing param level (what "level" to keep)');
  const both = await said("-e", "level=debug", "-e", "limit=-1");
  expect(both).toContain('Param level: must be one of info, error, not "debug"');
  expect(both).toContain('Param limit: must be positive, not "-1"');
  expect(await said("-e", "level=info", "-e", "limit=many")).toContain('must be an integer, not "many"');
});

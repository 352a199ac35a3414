/** Every JavaScript example does what its fixtures say, in the engine and through a client in a local cluster. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, lintModuleBytes, lintTexts } from "@smdk/compiler";
import { runModule, startTestCluster, type TestCluster } from "@smdk/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile } from "./support.ts";

interface Case {
  readonly title: string;
  readonly params?: Readonly<Record<string, string>>;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Part of the message of the error that ends the run. */
  readonly error?: string;
  /** Part of the message with which the module refuses to start. */
  readonly refusal?: string;
  /** Lines that the module writes. */
  readonly log?: readonly string[];
}

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterAll(() => cluster.close());

/** Produces values to a topic of their own and reads them through a module. */
async function throughCluster(
  topic: string,
  wasm: Uint8Array,
  values: readonly string[],
  params: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const client = await cluster.connect();
  await client.admin.topics.create(topic);
  const producer = await client.producer(topic);
  for (const value of values) producer.send({ value });
  await producer.flush();
  const read: string[] = [];
  const smartModules = [{ wasm, params }];
  for await (const record of client.consumer({
    topic,
    start: "beginning",
    disableContinuous: true,
    smartModules,
  })) {
    read.push(record.text);
  }
  return read;
}

const folder = fileURLToPath(new URL("../../examples/javascript", import.meta.url));

const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "SmartModule.toml")));

describe.each(names)("%s", (name) => {
  const projectDir = join(folder, name);
  const cases = JSON.parse(readFileSync(join(projectDir, "fixtures/cases.json"), "utf8")) as Case[];

  test("does what its fixtures say", async () => {
    const { bytes, name: built } = await build({ projectDir });
    const { findings } = await lintTexts(projectDir);
    expect([...findings, ...lintModuleBytes(name, bytes, { largeBytes: 2 * 1024 * 1024 })]).toEqual([]);
    expect(built).toBe(name);
    for (const { title, params, input, output, error, refusal, log } of cases) {
      const running = runModule(bytes, input, params && { params });
      if (refusal !== undefined) {
        await expect(running, title).rejects.toThrow(refusal);
        continue;
      }
      const result = await running;
      expect(result.values, title).toEqual(output);
      if (error === undefined) expect(result.error, title).toBeNull();
      else expect(result.error?.message, title).toContain(error);
      if (log !== undefined) expect(result.output.trimEnd().split("\n"), title).toEqual(log);
    }
  });

  test("its README shows what happens", async () => {
    const { bytes } = await build({ projectDir });
    const readme = readFileSync(join(projectDir, "README.md"), "utf8");
    const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
      .filter((match) => match[1] === "")
      .map((match) => match[2] ?? "");
    const command = /npx smdk test (.*)/.exec(readme)?.[1] ?? "";
    const params = Object.fromEntries(
      [...command.matchAll(/-e (\w+)=(?:'([^']*)'|(\S+))/g)].map((match) => [match[1], match[2] ?? match[3]]),
    ) as Record<string, string>;
    const [input = "", output = ""] = blocks;
    const records = command.includes("--raw") ? [input] : input.trimEnd().split("\n");
    expect((await runModule(bytes, records, { params })).values.join("\n").trimEnd()).toBe(output.trimEnd());
  });

  const scripts = join(projectDir, "scripts");
  test.runIf(existsSync(scripts))("what its script makes is up to date", () => {
    const made = mkdtempSync(join(tmpdir(), "smdk-made-"));
    try {
      const generated = join(projectDir, "src/generated");
      const [script = ""] = readdirSync(scripts);
      const [target = ""] = readdirSync(generated).filter((file) => file.endsWith(".js"));
      const { stderr, status } = spawnSync(process.execPath, [join(scripts, script), join(made, target)]);
      expect(status, String(stderr)).toBe(0);
      expect(readFileSync(join(made, target), "utf8")).toBe(readFileSync(join(generated, target), "utf8"));
    } finally {
      rmSync(made, { recursive: true, force: true });
    }
  });

  test("does the same in a cluster", async () => {
    const { bytes } = await build({ projectDir });
    const [{ input, output, params }] = cases as [Case];
    expect(await throughCluster(name, bytes, input, params)).toEqual(output);
  });
});

test("an error in a cluster names the user's line, and an init that fails does too", async () => {
  const failing = await compile(`\nexport const filter = () => {\n  throw new Error("no");\n};`);
  await expect(throughCluster("failing", failing.bytes, ["x"])).rejects.toThrow(
    /no at filter \(src\/index\.ts:3:\d+\)/,
  );
  const refusing = await compile(
    `export const filter = () => true;\nexport const init = () => {\n  throw new Error("not so");\n};`,
  );
  await expect(throughCluster("refusing", refusing.bytes, ["x"])).rejects.toThrow(
    /not so at init \(src\/index\.ts:3:\d+\)/,
  );
});

/** The table of faults in PLATFORM.md, as `smdk test` tells them and as the log of a local cluster does. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fluvio } from "@smdk/client";
import { build } from "@smdk/compiler";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunResult, run } from "../e2e/packed.ts";

const document = readFileSync(
  fileURLToPath(new URL("../../sdk/javascript/PLATFORM.md", import.meta.url)),
  "utf8",
);
const faults = (document.split("\n## Faults\n")[1] ?? "")
  .split("\n")
  .filter((line) => /^\| [^-W]/.test(line))
  .map((line) => line.slice(2, -2).split(" | "))
  .map(([what = "", code = "", message = ""]) => ({
    what,
    code: code.slice(1, -1),
    message: message.slice(1, -1),
    name: what.replaceAll(" ", "-").toLowerCase(),
  }));

const home = mkdtempSync(join(tmpdir(), "smdk-faults-"));
const smdkHome = join(home, "smdk");
const env = { ...process.env, NO_COLOR: "1", SMDK_HOME: smdkHome, FLV_PROFILE_PATH: join(home, "fluvio") };
const require = createRequire(import.meta.url);
const executable = join(dirname(require.resolve("smdk/package.json")), "bin/run.js");

const smdk = (args: readonly string[], input = ""): Promise<RunResult> =>
  run(process.execPath, [executable, ...args], { cwd: home, env, input });

/** A project whose module does harm for the record "bad", on line 4. */
function project(name: string, code: string): string {
  const directory = join(home, name);
  mkdirSync(join(directory, "src"), { recursive: true });
  writeFileSync(
    join(directory, "SmartModule.toml"),
    `params = []\n\n[package]\nname = "${name}"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n
[build]\nlang = "typescript"\nmemoryMiB = 16\nmillionSteps = 3\n`,
  );
  writeFileSync(
    join(directory, "src/index.ts"),
    `import type { Record } from "@smdk/javascript";

function harm(record: Record): unknown {
  ${code}
}

export function map(record: Record): unknown {
  return record.value.text === "bad" ? harm(record) : record.value;
}
`,
  );
  return directory;
}

let sc = "";
let client: Fluvio;
beforeAll(async () => {
  sc = JSON.parse((await smdk(["cluster", "start", "--port", "0", "--json"])).stdout).sc;
  client = await Fluvio.connect({ cluster: sc });
});
afterAll(async () => {
  await client?.close();
  await smdk(["cluster", "delete", "--force"]);
  rmSync(home, { recursive: true, force: true });
});

const POLL = { timeout: 10_000 };

/** What the cluster has written, a JSON object for each line. */
function clusterLog(): string[] {
  const [file = ""] = readdirSync(smdkHome, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith("cluster.log"),
  );
  return readFileSync(join(smdkHome, file), "utf8").split("\n").filter(Boolean);
}

test("the table has the nine faults", () => {
  expect(faults.map(({ what }) => what)).toHaveLength(9);
});

describe.each(faults)("$what", ({ name, code, message }) => {
  test("has its message in smdk test and in the cluster's log, and spares what is around it", async () => {
    const { bytes } = await build({ projectDir: project(name, code) });
    const { code: exit, stdout, stderr } = await smdk(["test", "--path", name, "--stdin"], "one\nbad\ntwo\n");
    expect([exit, stdout]).toEqual([1, "one\n"]);
    expect(stderr.replace(/\s+/g, " ")).toContain(message.replace(/\s+/g, " "));

    await client.admin.topics.create(name);
    const producer = await client.producer(name);
    for (const value of ["one", "bad", "two"]) producer.send({ value });
    await producer.flush();
    const read: string[] = [];
    const consuming = (async () => {
      const smartModules = [{ wasm: bytes }];
      const options = { topic: name, start: "beginning", disableContinuous: true, smartModules } as const;
      for await (const record of client.consumer(options)) read.push(record.text);
    })();
    await expect(consuming).rejects.toThrow(message);
    expect(read).toEqual(["one"]);
    const wanted = JSON.stringify(message).slice(1, -1);
    await expect.poll(() => clusterLog().some((line) => line.includes(wanted)), POLL).toBe(true);
  });
});

test("what init throws is told to the consumer and in the log", async () => {
  const directory = project("refuses", "return record;");
  const source = join(directory, "src/index.ts");
  writeFileSync(
    source,
    `${readFileSync(source, "utf8")}\nexport function init() {\n  throw new Error("not so");\n}\n`,
  );
  const { bytes } = await build({ projectDir: directory });
  const place = "not so at init (src/index.ts:12";
  const tried = await smdk(["test", "--path", "refuses", "--text", "x"]);
  expect([tried.code, tried.stdout]).toEqual([1, ""]);
  expect(tried.stderr).toContain(place);
  await client.admin.topics.create("refuses");
  const producer = await client.producer("refuses");
  producer.send({ value: "x" });
  await producer.flush();
  const smartModules = [{ wasm: bytes }];
  const options = { topic: "refuses", start: "beginning", disableContinuous: true, smartModules } as const;
  const consuming = (async () => {
    for await (const record of client.consumer(options)) expect.unreachable(record.text);
  })();
  await expect(consuming).rejects.toThrow(place);
  await expect.poll(() => clusterLog().join("\n"), POLL).toContain(place);
});

/** Failures of a module are shown with their place in its source: by `smdk test`, and in the local cluster's log. */
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const SOURCE = `import { Record } from "@smdk/assemblyscript";

const weights: i32[] = [1, 2, 3];

function pick(index: i32): i32 {
  return weights[index];
}

export function filter(record: Record): bool {
  if (record.value.includes("boom")) {
    throw new Error("too loud");
  }
  return pick(record.value.length) > 1;
}
`;

const home = new Home();
const project = join(home.dir, "loud");

beforeAll(async () => {
  await home.run(["generate", "loud", "--project-group", "g", "--sm-type", "filter", "--silent"], {
    cwd: home.dir,
  });
  writeFileSync(join(project, "src/index.ts"), SOURCE);
}, 60_000);

afterAll(async () => {
  await home.run(["cluster", "delete", "--force"]).catch(() => undefined);
  home[Symbol.dispose]();
});

/** Everything the local cluster has logged. */
function clusterLog(): string {
  const files = readdirSync(home.dir, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".log"))
    .map((file) => {
      try {
        return readFileSync(join(home.dir, file), "utf8");
      } catch {
        return "";
      }
    })
    .join("\n");
}

it("smdk test says where a module threw, and where an index was out of range", {
  timeout: 60_000,
}, async () => {
  const thrown = await home.run(["test", "--text", "boom"], { cwd: project });
  expect(thrown.code).toBe(1);
  expect(thrown.stderr).toContain("src/index.ts:11:");
  expect(thrown.stderr).toContain('> 11 |     throw new Error("too loud");');
  expect(thrown.stderr).toContain('value "boom"');
  const outOfRange = await home.run(["test", "--text", "far too long"], { cwd: project });
  expect(outOfRange.stderr).toContain("src/index.ts:6:");
  expect(outOfRange.stderr).toContain("> 6 |   return weights[index];");
  const json = await home.run(["test", "--text", "boom", "--json"], { cwd: project });
  expect(JSON.parse(json.stdout)).toMatchObject({ error: { location: { file: "src/index.ts", line: 11 } } });
});

it("a module in another folder, as a later step of a chain, and without its map", {
  timeout: 60_000,
}, async () => {
  const chain = home.path("chain");
  mkdirSync(chain);
  for (const end of ["", ".map"]) {
    renameSync(join(project, `build/loud.wasm${end}`), join(chain, `moved.wasm${end}`));
  }
  copyFileSync(rustModule("map_upper"), join(chain, "upper.wasm"));
  writeFileSync(join(chain, "transforms.yaml"), "transforms:\n  - uses: upper\n  - uses: moved\n");
  const long = "far too long";
  const second = await home.run(["test", "-t", "transforms.yaml", "--text", long], { cwd: chain });
  expect(second.stderr).toContain("src/index.ts:6:");
  expect(second.stderr).toContain("step 2 of 2: moved");
  // Neither beside the module nor kept by this machine.
  rmSync(join(chain, "moved.wasm.map"));
  rmSync(home.path("smdk", "source-maps"), { recursive: true, force: true });
  const bare = await home.run(["test", "--wasm-file", "moved.wasm", "--text", long], { cwd: chain });
  expect(bare.stderr).toContain("Index out of range");
  expect(bare.stderr).toContain("try: for the line in the source, keep NAME.wasm.map beside NAME.wasm");
});

it("what fails in the library is shown where it was called, and functions with the same code each in their place", {
  timeout: 60_000,
}, async () => {
  const calls = home.path("calls");
  mkdirSync(join(calls, "src"), { recursive: true });
  copyFileSync(join(project, "SmartModule.toml"), join(calls, "SmartModule.toml"));
  writeFileSync(
    join(calls, "src/index.ts"),
    `import { Record } from "@smdk/assemblyscript";

function first(list: i32[], index: i32): i32 {
  return list[index];
}

function second(list: i32[], index: i32): i32 {
  return list[index];
}

export function filter(record: Record): bool {
  const kind = record.value.text;
  const none: i32[] = [];
  if (kind == "first") return first(none, kind.length) > 0;
  if (kind == "second") return second(none, kind.length) > 0;
  if (kind == "shift") {
    const left = 1;
    none.shift();
    return left > 0;
  }
  if (kind == "fixed") {
    const half = 0.5;
    return half.toFixed(200) != "";
  }
  if (kind == "view") {
    const view = new DataView(new ArrayBuffer(4));
    const at = 5;
    return view.getInt32(at) > 0;
  }
  return true;
}
`,
  );
  const place = async (kind: string): Promise<string | undefined> => {
    const { stderr } = await home.run(["test", "--text", kind], { cwd: calls });
    return /src\/index\.ts:\d+:\d+/.exec(stderr)?.[0];
  };
  const found = [];
  for (const kind of ["first", "second", "shift", "fixed", "view"]) found.push(await place(kind));
  expect(found).toEqual(["4:10", "8:10", "18:5", "23:12", "28:12"].map((at) => `src/index.ts:${at}`));
});

it("so does the log of the local cluster; consumers see what a real SPU says", {
  timeout: 60_000,
}, async () => {
  expect((await home.run(["cluster", "start", "--port", "0"])).code).toBe(0);
  expect((await home.run(["load"], { cwd: project })).code).toBe(0);
  await home.run(["topic", "create", "words"]);
  await home.run(["produce", "words"], { input: "ab\nboom\n" });
  const consumed = await home.run(["consume", "words", "--smartmodule", "loud", "-B", "-d"]);
  expect(consumed.stderr).toContain("too loud");
  expect(consumed.stderr).not.toContain("src/index.ts");
  await expect.poll(clusterLog, { timeout: 5000 }).toContain("src/index.ts:11:");
  const line = clusterLog()
    .split("\n")
    .find((text) => text.includes("src/index.ts:11:"));
  expect(line).toContain('"offset":"1","key":null,"value":"boom"');
  expect(line).toContain("> 11 |     throw new Error(");
});

it("TypeScript: the place is in the error itself, and in the log with the lines around", {
  timeout: 60_000,
}, async () => {
  await home.run(
    ["generate", "script", "--project-group", "g", "--sm-type", "filter", "--lang", "typescript", "--silent"],
    { cwd: home.dir },
  );
  const script = home.path("script");
  writeFileSync(
    join(script, "src/index.ts"),
    `import type { Record } from "@smdk/javascript";

export function filter(record: Record): boolean {
  const value: string = record.value.text;
  if (value === "boom") throw new Error("too loud");
  return true;
}
`,
  );
  const thrown = await home.run(["test", "--text", "boom"], { cwd: script });
  expect(thrown.stderr).toContain("src/index.ts:5:");
  expect(thrown.stderr).toContain('> 5 |   if (value === "boom") throw new Error("too loud");');
  await home.run(["topic", "create", "scripted"]);
  await home.run(["produce", "scripted"], { input: "ab\nboom\n" });
  const wasm = join(script, "build/script.wasm");
  await home.run(["consume", "scripted", "--smartmodule-path", wasm, "-B", "-d"]);
  await expect.poll(clusterLog, { timeout: 5000 }).toContain("> 5 |   if (value ===");
});

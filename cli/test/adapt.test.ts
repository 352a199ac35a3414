/** smdk adapt, and smdk build --engine javy, as commands. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { assemble, EXIT, UPPER } from "../../tests/adapt/programs.ts";
import { testPlugin } from "../../tests/javascript/javy-plugin.ts";
import { Home } from "./smdk.ts";

describe("smdk adapt", () => {
  test("writes a SmartModule that smdk test runs", async () => {
    using home = new Home();
    writeFileSync(home.path("upper.wasm"), await assemble(UPPER));
    const adapted = await home.run(["adapt", "upper.wasm"]);
    expect(adapted).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Adapted upper\.wasm \(map, calls _start\): upper\.smartmodule\.wasm/),
    });
    const run = await home.run(["test", "--wasm-file", "upper.smartmodule.wasm", "--text", "hello"]);
    expect(run).toMatchObject({ code: 0, stdout: "HELLO\n" });
    const json = await home.run([
      "adapt",
      "upper.wasm",
      "--kind",
      "filter-map",
      "-o",
      "other.wasm",
      "--json",
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      wasmPath: "other.wasm",
      kind: "filter_map",
      call: "_start",
      hasPlugin: false,
    });
    expect(existsSync(home.path("other.wasm"))).toBe(true);
  });

  test("an exit code is the record's error, with what the program wrote", async () => {
    using home = new Home();
    writeFileSync(home.path("exit.wasm"), await assemble(EXIT));
    await home.run(["adapt", "exit.wasm", "-o", "module.wasm"]);
    const run = await home.run(["test", "--wasm-file", "module.wasm", "--text", "3out of stock"]);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("out of stock") });
  });

  test("says why it does not, with a code", async () => {
    using home = new Home();
    writeFileSync(home.path("text.wasm"), "no wasm at all");
    const text = await home.run(["adapt", "text.wasm", "--json"]);
    expect(text.code).toBe(1);
    expect(JSON.parse(text.stdout || text.stderr)).toMatchObject({ error: { code: "SMDK_ADAPT_NOT_WASM" } });
    writeFileSync(
      home.path("js.wasm"),
      await assemble(`(module (import "env" "abort" (func)) (memory 1) (func (export "_start")))`),
    );
    const imports = await home.run(["adapt", "js.wasm"]);
    expect(imports).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/env\.abort[\s\S]*try: .*wasi-shim/),
    });
    expect(await home.run(["adapt", "none.wasm"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("No such file or directory"),
    });
    expect(await home.run(["adapt", "js.wasm", "--kind", "join"])).toMatchObject({ code: 2 });
  });
});

describe("smdk build --engine javy", () => {
  const manifest = (more: string): string =>
    `params = []\n[package]\nname = "m"\ngroup = "g"\nversion = "0.1.0"\napiVersion = "0.1.0"\n[build]\nlang = "javascript"\n${more}`;

  function project(home: Home, more = ""): void {
    mkdirSync(home.path("src"), { recursive: true });
    writeFileSync(home.path("SmartModule.toml"), manifest(more));
    writeFileSync(
      home.path("src/index.js"),
      "export const map = (record) => record.value.text.toUpperCase();\n",
    );
  }

  /** No executable of the machine's own. */
  const PATH = dirname(process.execPath);

  test("without Javy it says how to get one, and that the default engine needs none", async () => {
    using home = new Home();
    project(home);
    const built = await home.run(["build", "--engine", "javy"], { env: { PATH } });
    expect(built).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/no Javy here[\s\S]*releases[\s\S]*default engine needs no Javy/),
    });
    const named = await home.run(["build", "--engine", "javy", "--json"], {
      env: { PATH, SMDK_JAVY: home.path("none") },
    });
    expect(JSON.parse(named.stdout || named.stderr)).toMatchObject({
      error: { code: "SMDK_BUILD_JAVY_MISSING", exitCode: 4 },
    });
    const text = await home.run(["build", "--engine", "javy", "--javy", "SmartModule.toml"], {
      env: { PATH },
    });
    expect(text).toMatchObject({ code: 4, stderr: expect.stringContaining("neither a plugin of Javy") });
    expect(await home.run(["build"], { env: { PATH } })).toMatchObject({ code: 0 });
  });

  test("finds the plugin by flag, variable, manifest and executable", async () => {
    using home = new Home();
    project(home);
    writeFileSync(home.path("plugin.wasm"), await testPlugin());
    const executable = `#!${process.execPath}\nconst { copyFileSync } = require("node:fs");\nif (process.argv[2] !== "emit-plugin") process.exit(2);\ncopyFileSync(${JSON.stringify(home.path("plugin.wasm"))}, process.argv[4]);\n`;
    mkdirSync(home.path("bin"));
    writeFileSync(home.path("bin/javy"), executable);
    chmodSync(home.path("bin/javy"), 0o755);
    const javy = { env: { PATH } };
    const runs = [
      await home.run(["build", "--engine", "javy", "--javy", "plugin.wasm"], javy),
      await home.run(["build", "--engine", "javy"], {
        env: { PATH, SMDK_JAVY_PLUGIN: home.path("plugin.wasm") },
      }),
      await home.run(["build", "--engine", "javy"], { env: { PATH: `${PATH}:${home.path("bin")}` } }),
    ];
    project(home, 'engine = "javy"\njavy = "plugin.wasm"\n');
    runs.push(await home.run(["build"], javy));
    for (const run of runs)
      expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("Built m (map)") });
    expect(readFileSync(home.path("build/m.wasm")).length).toBeGreaterThan(700_000);
    const tested = await home.run(["test", "--text", "hello"], javy);
    expect(tested).toMatchObject({ code: 0, stdout: "HELLO\n" });
  });

  test("is nothing for AssemblyScript", async () => {
    using home = new Home();
    project(home);
    writeFileSync(home.path("SmartModule.toml"), manifest("").replace("javascript", "assemblyscript"));
    const built = await home.run(["build", "--engine", "javy"], { env: { PATH } });
    expect(built).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("only TypeScript and JavaScript run in an engine"),
    });
  });
});

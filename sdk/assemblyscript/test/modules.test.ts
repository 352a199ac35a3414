// The same behaviour as modules made with Fluvio's own kit: recorded calls, and the Rust modules themselves
// beside ours where they are at hand.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { buildFixture } from "./support/compile.ts";
import { type CallResult, type Instance, instantiate } from "./support/engine.ts";
import { randomCalls } from "./support/random-calls.ts";

interface Vector {
  readonly module: string;
  readonly note: string;
  readonly version: number;
  readonly calls: readonly { call: string; input: string; code: number | "trap"; output: string }[];
}

const vectors = JSON.parse(
  readFileSync(new URL("fixtures/vectors.json", import.meta.url), "utf8"),
) as readonly Vector[];

/** Name, exports, and a fifth of what Fluvio's own kit makes of it, in bytes. */
const modules: Readonly<Record<string, { exports: readonly string[]; rustSize: number; wasi?: string }>> = {
  filter_contains_a: { exports: ["filter"], rustSize: 135639 },
  filter_bytes_a: { exports: ["filter"], rustSize: 74742 },
  map_upper: { exports: ["map"], rustSize: 75605 },
  map_int_or_error: { exports: ["map"], rustSize: 145323 },
  filter_map_json: { exports: ["filter_map"], rustSize: 189967 },
  array_map_lines: { exports: ["array_map"], rustSize: 139021 },
  aggregate_sum: { exports: ["aggregate"], rustSize: 139452 },
  filter_init_param: { exports: ["filter", "init"], rustSize: 136612 },
  filter_lookback: { exports: ["filter", "look_back"], rustSize: 141780 },
  filter_log_stderr: { exports: ["filter"], rustSize: 94155, wasi: "fd_write" },
};
const rustModules = new URL("../../../../shared/fixtures/rust-smartmodules/", import.meta.url);
const haveRust = existsSync(rustModules);

/** An output with the text of its error cut out: what a message says is the author's business. */
function withoutHint(hex: string, call: string): string {
  const bytes = Buffer.from(hex, "hex");
  const cut = (at: number): string => {
    const size = bytes.readUInt16BE(at);
    return `${bytes.subarray(0, at).toString("hex")} … ${bytes.subarray(at + 2 + size).toString("hex")}`;
  };
  if (call === "init" || call === "look_back") return bytes.length === 0 ? "" : cut(0);
  if (bytes.length === 0) return "";
  let at = 4;
  for (let left = bytes.readInt32BE(0); left > 0; left--) {
    let size = 0;
    let scale = 1;
    let byte: number;
    do {
      byte = bytes[at++] as number;
      size += (byte & 127) * scale;
      scale *= 128;
    } while (byte & 128);
    at += size / 2;
  }
  return bytes[at] === 1 ? cut(at + 1) : hex;
}

// All are compiled before the first is looked at.
describe.each(Object.entries(modules))("%s", { timeout: 300_000 }, (name, { exports, rustSize, wasi }) => {
  const wasm = buildFixture(`modules/${name}.ts`);

  it("has the imports and exports of the ABI and nothing else", async () => {
    const module = new WebAssembly.Module((await wasm) as BufferSource);
    const imports = WebAssembly.Module.imports(module).map((entry) => `${entry.module}.${entry.name}`);
    expect(imports.sort()).toEqual([
      "env.copy_records",
      ...(wasi === undefined ? [] : [`wasi_snapshot_preview1.${wasi}`]),
    ]);
    expect(
      WebAssembly.Module.exports(module)
        .map((entry) => entry.name)
        .sort(),
    ).toEqual(["alloc", "dealloc", "memory", ...exports].sort());
  });

  it("is smaller than a fifth of the Rust module", async () => {
    expect((await wasm).length).toBeLessThan(rustSize / 5);
    if (name === "filter_bytes_a") expect((await wasm).length).toBeLessThan(9_000);
  });

  it("answers recorded calls as the Rust module did", async () => {
    for (const { module, note, version, calls } of vectors) {
      if (module !== name) continue;
      const instance = instantiate(await wasm);
      for (const { call, input, code, output } of calls) {
        const got = instance.call(call, Buffer.from(input, "hex"), version);
        expect({ note, code: got.code, output: withoutHint(got.output, call) }).toEqual({
          note,
          code,
          output: withoutHint(output, call),
        });
      }
    }
  });

  it.skipIf(!haveRust)("answers random calls, damaged ones too, as the Rust module does", async () => {
    const rust = readFileSync(new URL(`${name}.wasm`, rustModules));
    expect(rust.length).toBe(rustSize);
    const ourModule = new WebAssembly.Module((await wasm) as BufferSource);
    const rustModule = new WebAssembly.Module(rust);
    for (let seed = 1; seed <= 400; seed++) {
      const ours = instantiate(ourModule);
      const theirs = instantiate(rustModule);
      for (const { call, input, version } of randomCalls(name, exports, seed)) {
        const want = theirs.call(call, input, version);
        // A panic of theirs leaves nothing to compare with.
        if (want.code === "trap") break;
        const got = ours.call(call, input, version);
        const of = ({ code, output }: CallResult, { written }: Instance): unknown => ({
          seed,
          code,
          output: withoutHint(output, call),
          stdout: written[1],
        });
        expect(of(got, ours)).toEqual(of(want, theirs));
      }
    }
  });
});

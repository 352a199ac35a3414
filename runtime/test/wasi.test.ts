/** What a guest gets through WASI besides errno: streams, clocks, random numbers, sleep. */
import { describe, expect, it } from "vitest";
import { buildChain, loadSmartModule } from "../src/index.ts";
import { PREVIEW1, UNSTABLE } from "../src/wasi/signatures.ts";
import { decode, guest, R2, utf8 } from "./support.ts";

/** A guest that calls one WASI function and hands over the errno and 16 bytes from address 0. */
function caller(name: string, args: string, params: string, data = ""): string {
  return guest({
    kind: "map",
    imports: `(import "wasi_snapshot_preview1" "${name}" (func $wasi (param ${params}) (result i32)))`,
    extra: `${data} (data (i32.const 512) "\\00\\00\\00\\01\\00\\00\\00\\00\\00\\28")`,
    body: `(i32.store (i32.const 522) (call $wasi ${args})) (memory.copy (i32.const 526) (i32.const 0) (i32.const 16))
      (i32.store16 (i32.const 542) (i32.const 0)) (call $copy_records (i32.const 512) (i32.const 544)) (i32.const 0)`,
  });
}

async function call(text: string, host: Parameters<typeof buildChain>[1] = {}) {
  const chain = await buildChain([{ module: utf8(text) }], host);
  const output = chain.process({ baseOffset: 0n, baseTimestamp: 0n, records: R2 });
  const value = decode(output.records)[0]!.value;
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  return { errno: view.getUint32(0, true), memory: value.subarray(4) };
}

const write = (fd: number): string =>
  caller(
    "fd_write",
    `(i32.const ${fd}) (i32.const 64) (i32.const 2) (i32.const 0)`,
    "i32 i32 i32 i32",
    `(data (i32.const 64) "\\80\\00\\00\\00\\03\\00\\00\\00\\83\\00\\00\\00\\02\\00\\00\\00") (data (i32.const 128) "abcde")`,
  );

describe("streams", () => {
  it("go to the sinks of the caller", async () => {
    const seen: string[] = [];
    const host = {
      stdout: (bytes: Uint8Array) => seen.push(`out ${Buffer.from(bytes)}`),
      stderr: (bytes: Uint8Array) => seen.push(`err ${Buffer.from(bytes)}`),
    };
    expect((await call(write(1), host)).memory[0]).toBe(5);
    expect((await call(write(2), host)).errno).toBe(0);
    expect(seen).toEqual(["out abcde", "err abcde"]);
  });

  it("are dropped when nobody listens, and a failing sink is the guest's trouble", async () => {
    expect((await call(write(1))).errno).toBe(0);
    const stdout = (): never => {
      throw new Error("closed");
    };
    expect((await call(write(1), { stdout })).errno).toBe(29);
  });
});

describe("the host's clocks and chance", () => {
  const clock = (id: number): string =>
    caller("clock_time_get", `(i32.const ${id}) (i64.const 0) (i32.const 0)`, "i32 i64 i32");
  const time = (memory: Uint8Array): bigint =>
    new DataView(memory.buffer, memory.byteOffset).getBigUint64(0, true);

  it("can be given", async () => {
    const ticks = [1000n];
    const host = { now: () => 123_456_789n, monotonic: () => ticks.pop() ?? 1005n };
    expect(time((await call(clock(1), host)).memory)).toBe(5n);
    expect(time((await call(clock(0), host)).memory)).toBe(123_456_789n);
    const random = (bytes: Uint8Array): void => void bytes.fill(7);
    const filled = await call(caller("random_get", "(i32.const 0) (i32.const 8)", "i32 i32"), { random });
    expect([...filled.memory.subarray(0, 9)]).toEqual([7, 7, 7, 7, 7, 7, 7, 7, 0]);
  });

  it("are the real ones otherwise", async () => {
    const now = time((await call(clock(0))).memory);
    expect(now).toBeGreaterThan(1_600_000_000_000_000_000n);
    const { memory } = await call(caller("random_get", "(i32.const 0) (i32.const 16)", "i32 i32"));
    expect(memory.some((byte) => byte !== 0)).toBe(true);
  });

  it("put a sleeping guest to sleep through the host", async () => {
    const slept: bigint[] = [];
    const text = caller(
      "poll_oneoff",
      "(i32.const 64) (i32.const 160) (i32.const 1) (i32.const 0)",
      "i32 i32 i32 i32",
      `(data (i32.const 80) "\\01") (data (i32.const 88) "\\e8\\03")`,
    );
    const result = await call(text, { monotonic: () => 0n, sleep: (time) => slept.push(time) });
    expect(result.errno).toBe(0);
    expect(slept).toEqual([1000n]);
  });
});

it("links every function of both worlds", async () => {
  expect([Object.keys(PREVIEW1).length, Object.keys(UNSTABLE).length]).toEqual([46, 45]);
  const imports = Object.entries({ wasi_snapshot_preview1: PREVIEW1, wasi_unstable: UNSTABLE })
    .flatMap(([module, functions]) =>
      Object.entries(functions).map(([name, letters]) => {
        const params = [...letters].map((letter) => (letter === "i" ? "i32" : "i64")).join(" ");
        const result = name === "proc_exit" ? "" : "(result i32)";
        return `(import "${module}" "${name}" (func (param ${params}) ${result}))`;
      }),
    )
    .join("\n");
  const module = await loadSmartModule(utf8(guest({ imports, body: "(i32.const 0)" })));
  expect(module.imports).toHaveLength(92);
  await expect(buildChain([{ module }])).resolves.toBeDefined();
});

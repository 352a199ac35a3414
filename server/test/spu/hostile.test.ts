/**
 * Modules that mean harm, each in a stream of its own: every one ends with its documented error, and nobody else
 * notices. Prints what each got, how long others had to wait meanwhile, and the memory of the process.
 */
import { gzipSync } from "node:zlib";
import type { ErrorCode, SmartModuleInvocation } from "@smdk/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Logger } from "../../src/logger.ts";
import { batch, predefined, recordsOf, replica, TestSpu, values, type WireClient } from "./harness.ts";

const DEADLINE_MS = 700;
const MEMORY_LIMIT = 64 * 1024 * 1024;

const COPY = '(import "env" "copy_records" (func $copy_records (param i32 i32)))';
const WRITE =
  '(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))';
const TYPE = "(param $pointer i32) (param $length i32) (param $version i32) (result i32)";

/** A filter in WebAssembly text. Without a body it hands over an empty output. */
function guest(
  parts: {
    body?: string;
    alloc?: string;
    extra?: string;
    imports?: string;
    memory?: string;
    kind?: string;
  } = {},
): string {
  return `(module ${parts.imports ?? ""} ${COPY}
    ${parts.memory ?? '(memory (export "memory") 2)'}
    (func (export "alloc") (param $size i32) (result i32) ${parts.alloc ?? "i32.const 1024"})
    ${parts.extra ?? ""}
    (func $transform (export "${parts.kind ?? "filter"}") ${TYPE} ${parts.body ?? EMPTY}))`;
}

const wasi = (name: string, type: string): string =>
  `(import "wasi_snapshot_preview1" "${name}" (func $${name} ${type}))`;
const VECTORS = "(param i32 i32 i32 i32) (result i32)";
const DEEPER = "(return (call $transform (local.get 0) (local.get 1) (local.get 2)))";

/** Zero records, no error; aggregates get an empty accumulator. */
const EMPTY = "(call $copy_records (i32.const 16) (i32.const 9)) i32.const 0";
const SPIN = "(loop $x (br $x))";
const OUT = (pointer: string, length: string): string =>
  guest({ body: `(call $copy_records (i32.const ${pointer}) (i32.const ${length})) i32.const 0` });
const DATA = (hex: string, kind = "filter"): string => {
  const bytes = hex.replaceAll(" ", "").match(/../g)!;
  return guest({
    kind,
    extra: `(data (i32.const 64) "${bytes.map((byte) => `\\${byte}`).join("")}")`,
    body: `(call $copy_records (i32.const 64) (i32.const ${bytes.length})) i32.const 0`,
  });
};

const STOPPED = /SmartModule was stopped: it did not end within 700 ms/;
const TRAPPED = /SmartModule err error while executing at wasm backtrace/;

/** Name, module, and what its stream's last answer says (kind and text). */
const CASES: [string, string, RegExp][] = [
  ["loops for ever", guest({ body: `${SPIN} i32.const 0` }), STOPPED],
  ["loops for ever in alloc", guest({ alloc: `${SPIN} i32.const 0` }), STOPPED],
  [
    "loops for ever in init",
    guest({ extra: `(func (export "init") ${TYPE} ${SPIN} i32.const 0)` }),
    /SmartModuleChainInitError SmartModule was stopped/,
  ],
  [
    "loops for ever in start",
    guest({ extra: `(func $start ${SPIN}) (start $start)` }),
    /SmartModuleChainInitError SmartModule was stopped/,
  ],
  [
    "loops for ever in look_back",
    guest({ extra: `(func (export "look_back") ${TYPE} ${SPIN} i32.const 0)` }),
    /SmartModuleLookBackError SmartModule was stopped/,
  ],
  [
    "sleeps for ever",
    guest({
      imports:
        '(import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))',
      extra: `(data (i32.const 64) "${"\\00".repeat(24)}\\00\\00\\00\\00\\00\\ff\\ff\\0f")`,
      body: "(drop (call $poll (i32.const 64) (i32.const 200) (i32.const 1) (i32.const 300))) i32.const 0",
    }),
    /./,
  ],
  [
    "copies its memory for ever",
    guest({
      memory: '(memory (export "memory") 900)',
      body: "(loop $x (memory.copy (i32.const 0) (i32.const 65536) (i32.const 50000000)) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  [
    "recurses without end",
    guest({ body: "(return (call $transform (local.get 0) (local.get 1) (local.get 2)))" }),
    TRAPPED,
  ],
  [
    "recurses without end through a table",
    guest({
      extra: "(table 1 funcref) (elem (i32.const 0) $transform)",
      body: "(call_indirect (param i32 i32 i32) (result i32) (local.get 0) (local.get 1) (local.get 2) (i32.const 0))",
    }),
    TRAPPED,
  ],
  [
    "grows without end",
    guest({ body: "(loop $x (drop (memory.grow (i32.const 16))) (br $x)) i32.const 0" }),
    TRAPPED,
  ],
  ["grows by everything at once", guest({ body: "(memory.grow (i32.const 65535))" }), TRAPPED],
  [
    "grows in init",
    guest({ extra: `(func (export "init") ${TYPE} (memory.grow (i32.const 2000)))` }),
    /SmartModuleMemoryLimitExceeded requested 131203072 bytes, max allowed 67108864|SmartModuleMemoryLimitExceeded/,
  ],
  [
    "starts too large",
    guest({ memory: '(memory (export "memory") 2000)' }),
    /SmartModuleMemoryLimitExceeded/,
  ],
  [
    "has a table too large",
    guest({ extra: "(table 100000000 funcref)" }),
    /SmartModuleChainInitError Failed to instantiate: tables of 100000000 entries/,
  ],
  [
    "grows its table without end",
    guest({
      extra: "(table $t 1 funcref)",
      body: "(loop $x (drop (table.grow $t (ref.null func) (i32.const 100000))) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  [
    "throws from start",
    guest({ extra: "(func $start unreachable) (start $start)" }),
    /SmartModuleChainInitError Failed to instantiate/,
  ],
  ["hits unreachable", guest({ body: "unreachable" }), TRAPPED],
  ["divides by zero", guest({ body: "(i32.div_u (i32.const 1) (i32.const 0))" }), TRAPPED],
  ["reads beyond its memory", guest({ body: "(i32.load (i32.const -8))" }), TRAPPED],
  [
    "calls an empty table slot",
    guest({ extra: "(table 1 funcref)", body: "(call_indirect (result i32) (i32.const 0))" }),
    TRAPPED,
  ],
  [
    "returns a wild pointer from alloc",
    guest({ alloc: "i32.const -16" }),
    /SmartModule err alloc\(\d+\) returned -16/,
  ],
  ["returns the last byte from alloc", guest({ alloc: "i32.const 131071" }), /SmartModule err alloc/],
  ["never calls copy_records", guest({ body: "i32.const 0" }), /SmartModule err can't read i32/],
  ["hands over a wild pointer", OUT("-1", "100"), /SmartModule err can't read i32/],
  ["hands over a wild length", OUT("0", "-1"), /SmartModule err can't read i32/],
  ["claims 2^31 records", DATA("7fffffff 00"), /SmartModule err /],
  ["hands over a record of 2^40 bytes", DATA("00000001 80808080808040 00"), /SmartModule err /],
  ["hands over garbage", DATA("deadbeef deadbeef deadbeef"), /SmartModule err /],
  ["reports an error with a wild hint", DATA("00000000 01 ffff 41"), /SmartModule err /],
  ["returns an unknown code", guest({ body: "i32.const -12345" }), /SmartModule err /],
  [
    "exits the process",
    guest({
      imports: '(import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))',
      body: "(call $exit (i32.const 0)) i32.const 0",
    }),
    /SmartModule err /,
  ],
  [
    "imports unknown things",
    guest({ imports: '(import "env" "system" (func (param i32)))' }),
    /SmartModuleChainInitError Failed to instantiate: unknown import/,
  ],
  [
    "imports a file system it does not have",
    guest({ imports: '(import "fs" "open" (func))' }),
    /unknown import/,
  ],
  ["imports no copy_records", '(module (memory (export "memory") 1))', /At least one import is required/],
  [
    "has a transform of another type",
    `(module ${COPY} (memory (export "memory") 1) (func (export "filter") (result i64) i64.const 0))`,
    /SmartModuleChainInitError type mismatch/,
  ],
  ["shares its memory", guest({ memory: '(memory (export "memory") 1 2 shared)' }), /Missing memory/],
  ["is no module", "this is not wasm", /SmartModuleChainInitError expected `\(`/],
  [
    "wants wasm exceptions",
    "\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x08\x01\x06\0\x06\x40\x19\x0b\x0b",
    /SmartModuleChainInitError failed to/,
  ],
  [
    "writes megabytes of log",
    guest({
      imports: WRITE,
      extra: '(data (i32.const 64) "\\00\\10\\00\\00\\00\\80\\00\\00")',
      body: `(local $i i32) (memory.fill (i32.const 4096) (i32.const 97) (i32.const 32768))
        (loop $x (drop (call $fd_write (i32.const 1) (i32.const 64) (i32.const 1) (i32.const 32)))
          (br_if $x (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 200))))
        unreachable`,
    }),
    TRAPPED,
  ],
  [
    "writes log for ever",
    guest({
      imports: WRITE,
      extra: '(data (i32.const 64) "\\00\\10\\00\\00\\02\\00\\00\\00") (data (i32.const 4096) "x\\n")',
      body: "(loop $x (drop (call $fd_write (i32.const 2) (i32.const 64) (i32.const 1) (i32.const 32))) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  // What is made to keep the compiler busy, or to make it take gigabytes.
  [
    "has 40,000 locals and 5,000 loops",
    guest({ body: `(local ${"i32 ".repeat(40_000)}) ${"(loop) ".repeat(5000)} i32.const 0` }),
    /SmartModuleChainInitError failed to compile/,
  ],
  [
    "branches to 65,000 places, 40 times",
    guest({
      body: `${`(block (br_table ${"0 ".repeat(65_000)} (local.get 0)))`.repeat(40)} i32.const 0`,
    }),
    /SmartModuleChainInitError failed to compile/,
  ],
  [
    "nests 100,000 blocks in its text",
    `(module (func ${"(block ".repeat(100_000)}${")".repeat(100_000)}))`,
    /SmartModuleChainInitError item nesting too deep/,
  ],
  ["is a megabyte of brackets", "(".repeat(1_000_000), /SmartModuleChainInitError/],
  ["unpacks to 70 MB", "\0".repeat(70_000_000), /SmartModuleInvalid/],
  [
    "waits for ever on its own memory",
    guest({
      memory: '(memory (export "memory") 1 1 shared)',
      extra:
        "(func $start (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))) (start $start)",
    }),
    /SmartModuleChainInitError SmartModule was stopped/,
  ],
  [
    "asks for chance for ever",
    guest({
      imports: '(import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))',
      body: "(loop $x (drop (call $random (i32.const 0) (i32.const 100000))) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  [
    "fills a table for ever",
    guest({
      extra: "(table $t 900000 funcref)",
      body: "(loop $x (table.fill $t (i32.const 0) (ref.null func) (i32.const 900000)) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  [
    "grows in start",
    guest({ extra: "(func $start (drop (memory.grow (i32.const 5000)))) (start $start)" }),
    /SmartModuleMemoryLimitExceeded/,
  ],
  [
    "recurses without end in start",
    guest({ extra: "(func $start (call $start)) (start $start)" }),
    /SmartModuleChainInitError Failed to instantiate/,
  ],
  ["traps in alloc", guest({ alloc: "unreachable" }), TRAPPED],
  // What the host does on a guest's behalf.
  [
    "hands over its output for ever",
    guest({ body: "(loop $x (call $copy_records (i32.const 0) (i32.const 5)) (br $x)) i32.const 0" }),
    STOPPED,
  ],
  [
    "yields for ever",
    guest({
      imports: wasi("sched_yield", "(result i32)"),
      body: "(loop $x (drop (call $sched_yield)) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  [
    "asks for the time for ever",
    guest({
      imports: wasi("clock_time_get", "(param i32 i64 i32) (result i32)"),
      body: "(loop $x (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 8))) (br $x)) i32.const 0",
    }),
    STOPPED,
  ],
  ...["fd_write", "fd_read", "poll_oneoff"].map((name): [string, string, RegExp] => [
    `gives ${name} four billion places`,
    guest({
      imports: wasi(name, VECTORS),
      body: `(drop (call $${name} (i32.const 1) (i32.const 0) (i32.const -1) (i32.const 8))) unreachable`,
    }),
    TRAPPED,
  ]),
  [
    "asks for four gigabytes of chance",
    guest({
      imports: wasi("random_get", "(param i32 i32) (result i32)"),
      body: "(drop (call $random_get (i32.const 0) (i32.const -1))) unreachable",
    }),
    TRAPPED,
  ],
  [
    "writes 64 KiB, ten thousand times in one write",
    guest({
      imports: WRITE,
      body: `(local $i i32)
        (loop $x (i32.store (local.get $i) (i32.const 0)) (i32.store offset=4 (local.get $i) (i32.const 65536))
          (br_if $x (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 80000))))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 10000) (i32.const 100000))) unreachable`,
    }),
    TRAPPED,
  ],
  [
    "exits with a wrong status in start",
    guest({
      imports: wasi("proc_exit", "(param i32)"),
      extra: "(func $start (call $proc_exit (i32.const 200))) (start $start)",
    }),
    /SmartModuleChainInitError Failed to instantiate/,
  ],
  [
    "raises a signal",
    guest({
      imports: wasi("proc_raise", "(param i32) (result i32)"),
      body: "(drop (call $proc_raise (i32.const 9))) i32.const 0",
    }),
    TRAPPED,
  ],
  // What is made to keep busy those who explain a failure, or to make them fail.
  [
    "has a name that invites to be read in many ways",
    guest({
      extra: `(func $_ZN${"1a".repeat(400)}! unreachable)`,
      body: `(call $_ZN${"1a".repeat(400)}!) i32.const 0`,
    }),
    TRAPPED,
  ],
  [
    "has a long name, and recurses",
    guest({ body: DEEPER }).replaceAll("$transform", `$${"n".repeat(9000)}`),
    TRAPPED,
  ],
  [
    "imports something with a name of 90,000 letters",
    guest({ imports: `(import "${"m".repeat(45_000)}" "${"n".repeat(45_000)}" (func))` }),
    /SmartModuleChainInitError Failed to instantiate: unknown import: `mmm/,
  ],
  [
    "reports an error that is no text",
    DATA("00000000 01 0003 fffe41 0000000000000000 00 00 0278"),
    /SmartModule err stream did not contain valid UTF-8/,
  ],
  [
    "reports an error of look_back with a wild length",
    guest({
      extra: `(data (i32.const 64) "\\00\\01a\\00\\00\\00\\00\\00\\00\\00\\00\\00\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\ff\\7f")
        (func (export "look_back") ${TYPE} (call $copy_records (i32.const 64) (i32.const 21)) i32.const -99)`,
    }),
    /SmartModuleLookBackError/,
  ],
  [
    "reports an error of init that lies outside of its memory",
    guest({
      extra: `(func (export "init") ${TYPE} (call $copy_records (i32.const -5) (i32.const 100)) i32.const -2)`,
    }),
    /SmartModuleChainInitError can't read string length/,
  ],
  [
    "calls 120,000 times in a function that loops",
    guest({
      extra: "(func $nothing)",
      body: `(loop $x ${"call $nothing ".repeat(120_000)} (br $x)) i32.const 0`,
    }),
    /SmartModuleChainInitError failed to compile/,
  ],
  [
    "recurses with 1,000 parameters",
    guest({
      extra: `(func $wide (param ${"i64 ".repeat(1000)}) ${Array.from({ length: 1000 }, (_, i) => `local.get ${i}`).join(" ")} call $wide)`,
      body: `${"i64.const 0 ".repeat(1000)} call $wide i32.const 0`,
    }),
    TRAPPED,
  ],
  [
    "copies data to beyond its memory when it starts",
    guest({ extra: '(data (i32.const 131070) "abcdef")' }),
    /SmartModuleChainInitError Failed to instantiate/,
  ],
];

const BENIGN: [string, string][] = [
  [
    "exports what objects have",
    guest({
      extra: ["__proto__", "constructor", "toString", "hasOwnProperty", "then"]
        .map((name) => `(func (export "${name}") unreachable)`)
        .join(" "),
    }),
  ],
  [
    "calls copy_records 100,000 times",
    guest({
      body: `(local $i i32)
        (loop $x (call $copy_records (local.get $i) (i32.const -1))
          (br_if $x (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000)))) ${EMPTY}`,
    }),
  ],
  ["imports from __proto__", guest().replace('"env"', '"__proto__"')],
  // The last one counts, as on a real SPU.
  [
    "calls copy_records twice",
    guest({ body: `(call $copy_records (i32.const -1) (i32.const -1)) ${EMPTY}` }),
  ],
  ["changes its output afterwards", guest({ body: `${EMPTY} (i32.store (i32.const 2000) (i32.const 1))` })],
];

let spu: TestSpu;
let client: WireClient;
const logged: { bytes: number; lines: number } = { bytes: 0, lines: 0 };

function collector(): Logger {
  const add = (fields: Readonly<Record<string, unknown>>, message: string): void => {
    if (fields.stream === undefined) return;
    logged.lines++;
    logged.bytes += message.length;
  };
  const logger: Logger = { debug: () => {}, info: add, warn: () => {}, error: () => {}, child: () => logger };
  return logger;
}

beforeAll(async () => {
  spu = await TestSpu.start({
    smartModuleDeadlineMs: DEADLINE_MS,
    smartModuleMemory: MEMORY_LIMIT,
    logger: collector(),
  });
  await spu.assign([replica("input"), replica("healthy"), replica("many")]);
  client = await spu.connect();
  await client.produce("input", [batch(["one", "two", "three"])]);
});

afterAll(async () => {
  client.close();
  await spu.close();
});

function adHoc(wat: string): SmartModuleInvocation {
  const bytes = wat.startsWith("\0") ? Buffer.from(wat, "latin1") : Buffer.from(wat);
  return {
    ...predefined(""),
    wasm: { kind: "AdHoc", value: gzipSync(bytes) },
    params: { inner: new Map(), lookback: { last: 1n, age: null } },
    name: "hostile",
  };
}

const textOf = (error: ErrorCode): string =>
  `${error.kind} ${"value" in error && typeof error.value === "string" ? error.value : ""}`;

/** Counts the records it has seen, in its own memory; drops them all but says so in the log. */
const COUNTER = guest({
  extra: "(global $seen (mut i32) (i32.const 0))",
  body: `(global.set $seen (i32.add (global.get $seen) (i32.load8_u (i32.const 1039)))) ${EMPTY}`,
});

describe("hostile modules", () => {
  it("end their own stream with a clear error, while others are served", { timeout: 120_000 }, async () => {
    // Made first: compressing them here takes time that others would wait.
    const invocations = CASES.map(([, wat]) => adHoc(wat));
    const latencies: number[] = [];
    let running = true;
    const healthy = (async () => {
      const own = await spu.connect();
      const stream = own.stream("healthy");
      const counted = own.stream("healthy", { smartmodules: [adHoc(COUNTER)] });
      for (let i = 0; running; i++) {
        const started = performance.now();
        await own.produce("healthy", [batch([`record ${i}`])]);
        const response = await stream.next();
        expect(values(recordsOf(response.partition.records))).toEqual([`record ${i}`]);
        await stream.acknowledge(BigInt(i + 1));
        latencies.push(performance.now() - started);
        if (counted.hasNext) expect((await counted.next()).partition.errorCode.kind).toBe("None");
      }
      own.close();
    })();
    const rows = [];
    const startRss = process.memoryUsage().rss;
    for (const [index, [name, , expected]] of CASES.entries()) {
      const started = performance.now();
      const { partition } = await client.stream("input", { smartmodules: [invocations[index]!] }).next();
      const text = textOf(partition.errorCode);
      rows.push({
        module: name,
        answer: text.split("\n")[0]!.slice(0, 90),
        ms: Math.round(performance.now() - started),
      });
      expect({ name, text }).toEqual({ name, text: expect.stringMatching(expected) });
      expect(partition.errorCode.kind).not.toBe("None");
    }
    for (const [name, wat] of BENIGN) {
      const { partition } = await client.stream("input", { smartmodules: [adHoc(wat)] }).next();
      expect({ name, kind: partition.errorCode.kind }).toEqual({ name, kind: "None" });
    }
    running = false;
    await healthy;
    console.table(rows);
    latencies.sort((a, b) => a - b);
    const at = (share: number): string =>
      `${latencies[Math.floor((latencies.length - 1) * share)]!.toFixed(1)} ms`;
    expect("copy_records" in {}).toBe(false);
    console.table([
      {
        modules: CASES.length + BENIGN.length,
        "round trips of others": latencies.length,
        median: at(0.5),
        "99%": at(0.99),
        longest: at(1),
        "rss at start": `${(startRss / 1e6).toFixed(0)} MB`,
        "rss at end": `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
      },
    ]);
    expect(latencies.length).toBeGreaterThan(10);
    // 64 KiB and 256 lines per call is all a module gets into the log.
    expect(logged.bytes).toBeLessThan(1_000_000);
    expect(logged.lines).toBeGreaterThan(2);
    expect(CASES.length).toBeGreaterThanOrEqual(25);
  });

  it("end a produce request in the same way, and nothing is written", async () => {
    const before = await client.offsets("input");
    const [entry] = await client.produce("input", [batch(["x"])], {
      smartmodules: [adHoc(guest({ body: `${SPIN} i32.const 0` }))],
    });
    expect(textOf(entry!.errorCode)).toMatch(/smartmodule chain failed: SmartModule was stopped/);
    expect(await client.offsets("input")).toEqual(before);
    const [next] = await client.produce("input", [batch(["y"])]);
    expect(next!.errorCode.kind).toBe("None");
  });

  it("that keep twice as much with every batch end at the memory limit", async () => {
    await client.produce(
      "many",
      Array.from({ length: 12 }, (_, i) => batch([`record ${i}`])),
    );
    const doubling = guest({
      kind: "aggregate",
      extra: `(global $size (mut i32) (i32.const 1000000))
        (func $reserve (param $end i32) (local $missing i32)
          (local.set $missing (i32.sub (local.get $end) (i32.mul (memory.size) (i32.const 65536))))
          (if (i32.gt_s (local.get $missing) (i32.const 0))
            (then (drop (memory.grow (i32.div_u (i32.add (local.get $missing) (i32.const 65535)) (i32.const 65536)))))))`,
      alloc: "(call $reserve (i32.add (i32.const 65536) (local.get $size))) i32.const 65536",
      // No records, no error, and an accumulator of so many bytes.
      body: `(global.set $size (i32.mul (global.get $size) (i32.const 2)))
        (call $reserve (i32.add (i32.const 65545) (global.get $size)))
        (i64.store (i32.const 65536) (i64.const 0))
        (i32.store8 (i32.const 65541) (i32.shr_u (global.get $size) (i32.const 24)))
        (i32.store8 (i32.const 65542) (i32.shr_u (global.get $size) (i32.const 16)))
        (i32.store8 (i32.const 65543) (i32.shr_u (global.get $size) (i32.const 8)))
        (i32.store8 (i32.const 65544) (global.get $size))
        (call $copy_records (i32.const 65536) (i32.add (i32.const 9) (global.get $size))) i32.const 0`,
    });
    const { partition } = await client.stream("many", { smartmodules: [adHoc(doubling)] }).next();
    expect(textOf(partition.errorCode)).toMatch(TRAPPED);
    expect(values((await client.stream("many").take(12)).records)).toHaveLength(12);
  });

  it("all at once leave the SPU serving", { timeout: 60_000 }, async () => {
    const others = await spu.connect();
    const ends = Array.from({ length: 12 }, () =>
      others.stream("input", { smartmodules: [adHoc(guest({ body: `${SPIN} i32.const 0` }))] }),
    );
    const plain = client.stream("input");
    expect(values((await plain.take(3)).records).slice(0, 3)).toEqual(["one", "two", "three"]);
    for (const end of ends) expect(textOf((await end.next()).partition.errorCode)).toMatch(STOPPED);
    others.close();
  });
});

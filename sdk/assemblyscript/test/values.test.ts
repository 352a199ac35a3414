// Encodings, hashes, numbers, times and JSON output against what Node.js makes of the same input.

import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { buildFixture } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

const wasm = buildFixture("behaviour/values.ts");
const SEED = 11;

/** What the module says to each value; an error's message after "! ". */
async function ask(what: string, values: readonly (string | Uint8Array)[]): Promise<string[]> {
  const instance = instantiate(await wasm);
  return values.map((value) => {
    const { records, error } = readOutput(instance.call("map", frame([{ key: what, value }]), 25).output);
    return records[0]?.value ?? `! ${error?.hint}`;
  });
}

const blobs = fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 300, seed: SEED });

/** XXH64 as its description has it. */
function xxh64(bytes: Uint8Array, seed: bigint): bigint {
  const [p1, p2, p3, p4, p5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ];
  const u = (n: bigint): bigint => BigInt.asUintN(64, n);
  const rotl = (n: bigint, by: bigint): bigint => u((n << by) | (n >> (64n - by)));
  const round = (sum: bigint, lane: bigint): bigint => u(rotl(u(sum + lane * p2), 31n) * p1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let sum = u(seed + p5);
  if (bytes.length >= 32) {
    const lanes = [u(seed + p1 + p2), u(seed + p2), seed, u(seed - p1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const [i, lane] of lanes.entries()) lanes[i] = round(lane, view.getBigUint64(at + i * 8, true));
    }
    sum = u(lanes.reduce((all, lane, i) => all + rotl(lane, [1n, 7n, 12n, 18n][i] as bigint), 0n));
    for (const lane of lanes) sum = u((sum ^ round(0n, lane)) * p1 + p4);
  }
  sum = u(sum + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    sum = u(rotl(sum ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4);
  }
  if (at + 4 <= bytes.length) {
    sum = u(rotl(sum ^ u(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3);
    at += 4;
  }
  for (; at < bytes.length; at++) sum = u(rotl(sum ^ u(BigInt(bytes[at] as number) * p5), 11n) * p1);
  sum = u((sum ^ (sum >> 33n)) * p2);
  sum = u((sum ^ (sum >> 29n)) * p3);
  return sum ^ (sum >> 32n);
}

it("writes and reads hexadecimal and Base64 as Buffer does", async () => {
  const hex = blobs.map((bytes) => Buffer.from(bytes).toString("hex"));
  expect(await ask("hex", blobs)).toEqual(hex);
  expect(
    await ask(
      "unhex",
      hex.map((text) => text.toUpperCase()),
    ),
  ).toEqual(hex);
  expect(await ask("base64", blobs)).toEqual(blobs.map((bytes) => Buffer.from(bytes).toString("base64")));
  for (const form of ["base64", "base64url"] as const) {
    expect(
      await ask(
        "unbase64",
        blobs.map((bytes) => Buffer.from(bytes).toString(form)),
      ),
    ).toEqual(hex);
  }
  expect(await ask("unhex", ["a", "0g", "é0"])).toEqual(Array(3).fill("! not hexadecimal digits"));
  expect(await ask("unbase64", ["a", "ab!d", "ab==c", "Zh=="])).toEqual(Array(4).fill("! not Base64"));
});

it("hashes as the standards say", async () => {
  const sized = Array.from({ length: 140 }, (_, i) => new Uint8Array(i).fill(i));
  const all = [...blobs, ...sized];
  expect(await ask("sha256", all)).toEqual(
    all.map((bytes) => createHash("sha256").update(bytes).digest("hex")),
  );
  expect(await ask("hash", all)).toEqual(all.map((bytes) => String(xxh64(bytes, 0n))));
  expect(await ask("hash7", all)).toEqual(all.map((bytes) => String(xxh64(bytes, 7n))));
  expect(xxh64(Buffer.from("abc"), 0n)).toBe(0x44bc2cf5ad770999n);
});

it("reads numbers as JavaScript does", async () => {
  const bits = (text: string): string => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, Number(text));
    return String(view.getBigUint64(0));
  };
  const doubles = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    numRuns: 1500,
    seed: SEED,
  });
  const plain = fc.sample(fc.tuple(fc.integer(), fc.integer({ min: 0, max: 1e6 })), {
    numRuns: 500,
    seed: SEED,
  });
  const texts = [...doubles.map(String), ...plain.map(([whole, part]) => `${whole}.${part}`)];
  texts.push(
    "0",
    "-0",
    "1e22",
    "1e23",
    "123456789012345678",
    "0.1",
    "1e-5",
    "5e-324",
    "1.7976931348623157e308",
  );
  expect(await ask("float", texts)).toEqual(texts.map(bits));
  const wrong = ["", "x", "1e", "1.2.3", "1x", "--1", "."];
  expect(await ask("float", wrong)).toEqual(wrong.map(() => "! invalid float literal"));
});

it("writes numbers as JavaScript does, and reads what it wrote", async () => {
  const bits = (number: number): string => {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, number);
    return String(view.getBigUint64(0));
  };
  const whole = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigUint64(0, n);
    return view.getFloat64(0);
  });
  const small = fc.integer({ min: 1, max: 2 ** 30 }).map((n) => n * Number.MIN_VALUE);
  const money = fc.integer().map((n) => n / 100);
  const powers = fc.integer({ min: -1074, max: 1023 }).map((n) => 2 ** n);
  const large = fc.bigInt({ min: 2n ** 53n, max: 2n ** 80n }).map(Number);
  const numbers = fc
    .sample(fc.oneof(whole, small, money, powers, large), { numRuns: 3000, seed: SEED })
    .filter(Number.isFinite);
  numbers.push(5e-324, 2.2250738585072014e-308, Number.MAX_VALUE, 1e21, 1e-7, 0.1, 123456789012345680000);
  const texts = numbers.map((number) => String(number));
  expect(await ask("print", texts)).toEqual(texts);
  expect(await ask("parse", texts)).toEqual(numbers.map(bits));
  for (const places of [0, 2, 7, 30]) {
    expect(await ask(`fixed${places}`, texts)).toEqual(numbers.map((number) => number.toFixed(places)));
  }
  const halves = ["0.5", "1.5", "-2.5", "0.05", "1.005", "9.995", "99.5", "-0.4", "0"];
  expect(await ask("fixed1", halves)).toEqual(halves.map((text) => Number(text).toFixed(1)));
  expect(await ask("fixed0", halves)).toEqual(halves.map((text) => Number(text).toFixed(0)));
  expect(await ask("fixed101", ["1"])).toEqual(["! toFixed() digits argument must be between 0 and 100"]);
  expect(await ask("float", texts)).toEqual(numbers.map(bits));
});

it("reads and writes times as Date does", async () => {
  const times = fc.sample(
    fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    }),
    { numRuns: 800, seed: SEED },
  );
  const numbers = times.map((time) => String(time.getTime()));
  const short = times.map((time) => time.toISOString().replace(".000", ""));
  expect(await ask("formatTime", numbers)).toEqual(short);
  expect(await ask("time", short)).toEqual(numbers);
  expect(
    await ask(
      "time",
      times.map((time) => time.toISOString()),
    ),
  ).toEqual(numbers);
  expect(await ask("time", ["2024-02-29T12:00:00.123456+05:30", "2024-02-29t12:00:00-00:30"])).toEqual([
    String(Date.parse("2024-02-29T12:00:00.123+05:30")),
    String(Date.parse("2024-02-29T12:00:00-00:30")),
  ]);
  expect(await ask("formatUtc", ["1700000000000", "1700000000001"])).toEqual([
    "2023-11-14 22:13:20 UTC",
    "2023-11-14 22:13:20.001 UTC",
  ]);
  const wrong = [
    "",
    "2024-02-30T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01T00:00:00.Z",
  ];
  expect(await ask("time", wrong)).toEqual(wrong.map((text) => `! not an RFC 3339 time: ${text}`));
});

it("writes JSON that JavaScript reads as the same", async () => {
  const values = fc.sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 300, seed: SEED });
  const texts = values.map((value) => JSON.stringify(value));
  expect(await ask("json", texts)).toEqual(texts);
  expect(await ask("members", ["."])).toEqual([
    JSON.stringify(
      { text: 'a"b', int: -7, float: 0.5, yes: true, none: null, list: [1, 2], empty: [] },
      null,
      2,
    ),
  ]);
  expect(await ask("open", ["."])).toEqual(["! the JSON is not complete"]);
  expect(await ask("unnamed", ["."])).toEqual(["! a value in a JSON object needs a name"]);
  expect(await ask("two", ["."])).toEqual(["! there is a JSON value already"]);
});

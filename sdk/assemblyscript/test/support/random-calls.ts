// Random rows of calls for a module: all versions of the frame, odd values, and damage in a third of them.

import { record, varint } from "./frames.ts";

export interface RandomCall {
  readonly call: string;
  readonly input: Uint8Array;
  readonly version: number;
}

const VERSIONS = [10, 15, 16, 19, 20, 21, 22, 23, 25, 30];
const TEXTS = [
  "apple",
  "kiwi",
  "",
  "-",
  "+5",
  " 12 ",
  "2147483647",
  "-2147483648",
  "9223372036854775807",
  "-9223372036854775808",
  "99999999999999999999",
  "a\nb\n\nc\n",
  "\n\n",
  "é☃😀 abc ÄÖ",
  '{"level":7,"name":"a\\u00e9\\ud83d\\ude00"}',
  '{"level":7.5,"name":"a"}',
  '{"name":"a"}',
  '{ "level" : -3 , "name" : "zz" } ',
  '{"level":05,"name":"a"}',
  '{"level":7,"name":"a"}x',
  '{"l\\u0065vel":9,"name":"esc"}',
  '{"x":[1,{"y":null,"z":[true,false,1e5]}],"name":"n","level":5}',
  "[1,2]",
];

/** A small generator, so that a seed always makes the same calls. */
function generator(seed: number): (below: number) => number {
  let state = seed * 7919;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

export function randomCalls(module: string, exports: readonly string[], seed: number): RandomCall[] {
  const random = generator(seed);
  const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;
  const version = pick(VERSIONS);
  const isDamaged = random(3) === 0;

  const number = (value: number, size: number): number[] =>
    Array.from({ length: size }, (_, i) => Number((BigInt(value) >> BigInt(8 * (size - 1 - i))) & 255n));
  const value = (): Uint8Array => {
    const kind = random(10);
    if (kind < 4) return Buffer.from(String(random(1_000_000) - 500_000));
    if (kind < 8) return Buffer.from(pick(TEXTS));
    if (kind < 9) return Buffer.from(Array.from({ length: random(300) }, () => 97 + random(26)));
    return Uint8Array.from({ length: random(40) }, () => random(256));
  };
  const batch = (): number[] => {
    const records = Array.from({ length: random(12) }, () =>
      record({
        value: value(),
        ...(random(3) === 0 ? { key: pick(["k", "meta", "ключ"]) } : {}),
        attributes: random(4) === 0 ? random(256) : 0,
        timestampDelta: random(10) === 0 ? random(1_000_000) - 500_000 : random(100),
        offsetDelta: random(100),
        headers: random(3),
      }),
    );
    const raw = [...number(records.length, 4), ...records.flat()];
    const bytes = [...number(random(1_000_000), 8), ...number(raw.length, 4), ...raw];
    if (version <= 22) {
      bytes.push(0, 0);
      if (version >= 20) {
        const look = random(5) === 0;
        bytes.push(...(look ? [1, ...number(3, 8)] : [0]));
        if (look && version >= 21) bytes.push(1, ...number(9, 8), ...number(5, 4));
      }
      if (version >= 16) bytes.push(0, 0, 0, 0);
    }
    if (version >= 22) bytes.push(...number(1_700_000_000_000 + random(1_000_000), 8));
    return bytes;
  };
  const params = (): number[] => {
    const pairs: [string, string][] = [];
    if (random(4) > 0) pairs.push(["needle", pick(["a", "", "é"])]);
    if (random(2) === 0) pairs.push(["invert", pick(["true", "false"])]);
    const text = (content: string): number[] => [
      ...number(Buffer.byteLength(content), 2),
      ...Buffer.from(content),
    ];
    const look = random(2) === 0 ? [0] : [1, ...number(5, 8), ...(version >= 21 ? [0] : [])];
    return [
      ...number(pairs.length, 2),
      ...pairs.flatMap(([k, v]) => [...text(k), ...text(v)]),
      ...(version >= 20 ? look : []),
    ];
  };
  const damage = (bytes: number[]): number[] => {
    for (let times = random(4); times >= 0; times--) {
      const at = random(bytes.length);
      if (random(8) === 0) bytes.length = Math.max(1, at);
      else bytes[at] = (bytes[at] as number) ^ (1 << random(8));
      // A longer form of a number, which nobody writes and everybody must read.
      if (random(12) === 0) bytes.splice(at, 0, ...varint(random(300)));
      // Or of more bits than there is room for.
      if (random(12) === 0)
        bytes.splice(at, 0, ...Array.from({ length: random(12) }, () => random(128) | 128));
    }
    return bytes;
  };

  const calls: [string, number[]][] = [];
  if (exports.includes("init")) calls.push(["init", params()]);
  if (exports.includes("look_back") && random(2) === 0) calls.push(["look_back", batch()]);
  const transform = exports[0] as string;
  for (let left = random(4); left >= 0; left--) {
    const bytes = batch();
    if (transform === "aggregate") {
      const state = Buffer.from(pick(["", "0", "17", "-3", " 7 ", "x", "9223372036854775807"]));
      bytes.push(...number(state.length, 4), ...state);
    }
    calls.push([transform, bytes]);
  }
  return calls.map(([call, bytes]) => ({
    call,
    input: Uint8Array.from(isDamaged ? damage(bytes) : bytes),
    version: isDamaged && module.startsWith("aggregate") ? Math.max(version, 16) : version,
  }));
}

// Stateful modules of all kinds under three memory managers: ours; ours made to collect at every chance and to overwrite
// what is free; and one that never frees anything. All must say the same.

import { expect, it } from "vitest";
import { createCompiler } from "../src/index.ts";
import { fixtures } from "./support/compile.ts";
import { type Instance, instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";

type Random = (below: number) => number;

function generator(seed: number): Random {
  let state = seed * 7919 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "é", "☃", "😀"];
const pick = <T>(r: Random, list: readonly T[]): T => list[r(list.length)] as T;
const text = (r: Random): string => Array.from({ length: r(6) }, () => pick(r, WORDS)).join(" ");

/** Values that each module has a use for. */
const VALUES: Readonly<Record<string, (r: Random) => string>> = {
  blobs: (r) => {
    const id = r(40);
    return pick(r, [
      `add ${id} ${r(3000) + 1}`,
      `del ${id}`,
      `add ${id} 5`,
      `del ${id}`,
      r(9) ? "del 1" : "cut 0",
      r(4) ? "del 2" : "fail 1",
    ]);
  },
  callbacks: (r) => Array.from({ length: 1 + r(5) }, () => r(14)).join(),
  functions: (r) => (r(4) ? `${r(9)} ${r(3)} ${pick(r, ["+", "*", "/"])}` : pick(r, ["+", "*", "/"])),
  grid: text,
  lru: (r) => (r(2) ? `k${r(9)}=v${r(1000)}` : `k${r(9)}`),
  optional: (r) => (r(3) ? pick(r, WORDS) : ""),
  patterns: (r) =>
    `${pick(r, ["a+", "(b|c)*d", "\\w+", "[0-9]{2}", "(", "x$"])} ${pick(r, WORDS)} ${r(1000)}dd`,
  ring: (r) => (r(8) ? pick(r, WORDS).repeat(r(3)) : "boom"),
  sessions: (r) =>
    JSON.stringify({
      user: `u${r(5)}`,
      what: pick(r, WORDS),
      ...(r(2) ? { tag: `t${r(4)}` } : {}),
      ...(r(10) ? {} : { fail: 1 }),
      ...(r(4) ? {} : { drop: 1 }),
    }),
  views: text,
};

/** The runtime with some of its text replaced, all of which must be there. */
function changed(text: string, changes: readonly (readonly [string, string])[]): string {
  let result = text;
  for (const [from, to] of changes) {
    if (!result.includes(from)) throw new Error(`the runtime has no ${from}`);
    result = result.replace(from, () => to);
  }
  return result;
}

const REGION = "@smdk/assemblyscript/rt/region";
const RUNTIMES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  ours: [],
  eager: [
    ["const THRESHOLD_MIN: usize = 1 << 20", "const THRESHOLD_MIN: usize = 0"],
    ["threshold = max(THRESHOLD_MIN, live)", "threshold = 0"],
    [
      "    offset = callOffset;\n",
      "    if (gap == callGap && offset > callOffset) memory.fill(callOffset, 0xaa, offset - callOffset);\n    offset = callOffset;\n",
    ],
    [
      "            let entry = table + (<usize>count << 3);\n",
      "            memory.fill(free, 0xaa, block - free);\n            let entry = table + (<usize>count << 3);\n",
    ],
  ],
  never: [["  if (!heapStart) return;\n", "  if (heapStart || !heapStart) return;\n"]],
};

async function build(changes: readonly (readonly [string, string])[]): Promise<WebAssembly.Module> {
  const compiler = await createCompiler((library) =>
    new Map(library).set(REGION, changed(library.get(REGION) ?? "", changes)),
  );
  const { wasm, diagnostics } = compiler.compile({ projectDir: fixtures, entry: "strangers/index.ts" });
  if (wasm === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return new WebAssembly.Module(wasm as BufferSource);
}

it("say the same however memory is managed", async () => {
  const modules: [string, WebAssembly.Module][] = [];
  for (const [name, changes] of Object.entries(RUNTIMES)) modules.push([name, await build(changes)]);
  const kinds = Object.keys(VALUES);
  let errors = 0;
  for (let seed = 1; seed <= 2; seed++) {
    const instances: [string, Instance][] = modules.map(([name, module]) => [name, instantiate(module)]);
    const random = generator(seed);
    for (let batch = 0; batch < 60; batch++) {
      // Mostly one module in a batch, so that its errors do not end those of the others.
      const kind = pick(random, kinds);
      const records = Array.from({ length: random(16) }, (_, i) => {
        const key = random(10) ? kind : pick(random, kinds);
        return { key, value: (VALUES[key] as (r: Random) => string)(random), offsetDelta: i };
      });
      const input = frame(records, { baseOffset: batch * 20 });
      const outputs = instances.map(([name, instance]) => {
        const { code, output } = instance.call("filter_map", input, 25);
        if (code === "trap") throw new Error(`seed ${seed}, batch ${batch}, ${kind}: ${name} trapped`);
        return { seed, batch, kind, ...readOutput(output) };
      });
      if (outputs[0]?.error) errors++;
      expect(outputs[0]).toEqual(outputs[2]);
      expect(outputs[1]).toEqual(outputs[2]);
    }
  }
  expect(errors).toBeGreaterThan(10);
}, 120_000);

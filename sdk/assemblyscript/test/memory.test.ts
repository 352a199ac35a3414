// Memory: nothing piles up, and what a module keeps stays what it was.

import { expect, it } from "vitest";
import { buildFixture, buildText } from "./support/compile.ts";
import { instantiate } from "./support/engine.ts";
import { frame, readOutput } from "./support/frames.ts";
import { StatefulModel } from "./support/stateful-model.ts";

const MB = 1 << 20;

it("does not grow with the number of records", async () => {
  for (const [file, kind] of [
    ["filter_bytes_a", "filter"],
    ["filter_contains_a", "filter"],
    ["map_upper", "map"],
    ["array_map_lines", "array_map"],
  ] as const) {
    const instance = instantiate(await buildFixture(`modules/${file}.ts`));
    const input = frame(
      Array.from({ length: 200 }, (_, i) => ({ value: `a line\nof text ${i}`, offsetDelta: i })),
    );
    instance.call(kind, input, 25);
    const before = instance.memoryBytes();
    for (let i = 0; i < 150; i++) instance.call(kind, input, 25);
    expect([file, instance.memoryBytes()]).toEqual([file, before]);
    expect(before).toBeLessThan(MB);
  }
});

it("keeps state of all kinds of containers right under random work with throws, in little memory", async () => {
  const module = new WebAssembly.Module((await buildFixture("behaviour/stateful.ts")) as BufferSource);
  const operations = Number(process.env.SMDK_MODEL_OPERATIONS ?? 60_000);
  for (const seed of [1, 2]) {
    const instance = instantiate(module);
    const model = new StatefulModel(seed);
    for (let done = 0; done < operations / 2; ) {
      const { commands, replies, error } = model.batch();
      done += commands.length;
      const input = frame(commands.map((value, i) => ({ value, offsetDelta: i })));
      const { code, output } = instance.call("filter_map", input, 25);
      const got = readOutput(output);
      expect({
        seed,
        done,
        code,
        replies: got.records.map(({ value }) => value),
        error: got.error?.hint,
      }).toEqual({
        seed,
        done,
        code: replies.length,
        replies,
        error,
      });
    }
    expect(instance.memoryBytes()).toBeLessThan(24 * MB);
  }
}, 600_000);

it("keeps what a module never lets go of, without any garbage in between", async () => {
  const wasm = await buildText(`class Item { next: Item | null = null; constructor(public value: Bytes) {} }
    const first = new Item(new Bytes());
    let last = first;
    export function filter(record: Record): bool {
      const item = new Item(record.value.copy());
      last.next = item;
      last = item;
      return false;
    }
    export function lookBack(record: Record): void {
      let count = 0;
      let sum: u64 = 0;
      let item = first.next;
      while (item !== null) {
        count++;
        sum += item.value.hash();
        item = item.next;
      }
      throw new Error(count.toString() + " " + sum.toString());
    }`);
  const { call } = instantiate(wasm);
  const value = (i: number): string => `${i} `.padEnd(1000, "x");
  const state = (): string =>
    Buffer.from(call("look_back", frame([{ value: "?" }]), 25).output, "hex")
      .subarray(2, 40)
      .toString();
  // As many as make several passes of the collector, and a second instance that is looked at more often.
  const other = instantiate(wasm);
  for (let i = 0; i < 6000; i += 10) {
    const batch = frame(Array.from({ length: 10 }, (_, k) => ({ value: value(i + k) })));
    call("filter", batch, 25);
    if (i % 1000 === 990) other.call("look_back", frame([{ value: "?" }]), 25);
    other.call("filter", batch, 25);
  }
  const said = state();
  expect(said.slice(0, 5)).toBe("6000 ");
  expect(
    Buffer.from(other.call("look_back", frame([{ value: "?" }]), 25).output, "hex")
      .subarray(2, 40)
      .toString(),
  ).toBe(said);
});

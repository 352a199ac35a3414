// Memory: nothing piles up, and what a module keeps stays what it was.

import { expect, it } from "vitest";
import { buildFixture } from "./support/compile.ts";
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

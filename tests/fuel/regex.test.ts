/** What a regular expression costs grows with the text and not faster, whatever the text is. */
import { fileURLToPath } from "node:url";
import { build } from "@smdk/compiler";
import { encodeRecords } from "@smdk/protocol";
import { buildChain } from "@smdk/runtime";
import { expect, it } from "vitest";

it("a text that nearly matches at every place costs what its length says", async () => {
  // Its expression makes too many states for a table in the module.
  const projectDir = fileURLToPath(new URL("../../examples/pii-redact", import.meta.url));
  const { bytes } = await build({ projectDir });
  const fuel = async (value: string): Promise<bigint> => {
    const chain = await buildChain([{ module: bytes }], { fuel: true });
    const records = encodeRecords([
      { key: null, value: Buffer.from(value), offsetDelta: 0, timestampDelta: 0 },
    ]);
    const output = chain.process({ baseOffset: 0n, baseTimestamp: 0n, records });
    expect(output.error).toBeNull();
    return chain.lastFuel()[0] as bigint;
  };
  for (const part of ["a", "1 ", "a."]) {
    const [short, long] = [await fuel(part.repeat(10_000)), await fuel(part.repeat(40_000))];
    expect(Number(long) / Number(short), part).toBeLessThan(5);
  }
});

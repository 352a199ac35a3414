import { recordsOf, Slabs } from "@smdk/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/producer/batch.ts";
import { Lane } from "../../src/producer/lane.ts";

const settings = { batchSize: 1000, maxRequestSize: 5000, compression: "None" as const, slabs: new Slabs() };

function values(batch: Batch): string[] {
  const cursor = recordsOf(batch.bytes!);
  const found: string[] = [];
  while (cursor.next()) found.push(Buffer.from(cursor.value()).toString());
  return found;
}

describe("the batches of a partition", () => {
  it("hold every record once and in order, none larger than asked unless it has one record", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 60 }), (sizes) => {
        const lane = new Lane(0, settings);
        const sent = sizes.map((size, i) => `${i}:`.padEnd(size, "x"));
        for (const [i, value] of sent.entries()) lane.append(null, value, 1000 + i, () => undefined);
        lane.due = true;
        const batches: Batch[] = [];
        for (let batch = lane.take(); batch !== null; batch = lane.take()) batches.push(batch);
        expect(batches.flatMap(values)).toEqual(sent);
        for (const batch of batches) {
          expect(batch.bytes!.length).toBe(batch.size);
          if (batch.count > 1) expect(batch.size).toBeLessThanOrEqual(settings.batchSize);
        }
        expect(batches.map((batch) => batch.sequence)).toEqual(batches.map((_, i) => i));
      }),
    );
  });

  it("keep an open batch back until it is due", () => {
    const lane = new Lane(3, settings);
    lane.append("k", "v", 5, () => undefined);
    expect([lane.hasWork, lane.take()]).toEqual([false, null]);
    lane.due = true;
    expect(lane.take()).toMatchObject({ partition: 3, count: 1, created: 5 });
    lane.append("k", "w", 6, () => undefined);
    expect(lane.hasWork).toBe(false);
  });

  it("go back to their places", () => {
    const lane = new Lane(0, { ...settings, batchSize: 1 });
    for (const value of ["a", "b", "c", "d"]) lane.append(null, value, 0, () => undefined);
    const first = lane.take()!;
    const second = lane.take()!;
    lane.putBack([second, first]);
    expect([lane.take(), lane.take(), lane.take(), lane.take()].map((batch) => values(batch!)[0])).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  it("survive a clock that steps back", () => {
    const lane = new Lane(0, settings);
    lane.append(null, "a", 1000, () => undefined);
    const batch = lane.append(null, "b", 10, () => undefined);
    expect([batch.created, batch.lastTimestamp]).toEqual([1000, 1000]);
  });
});

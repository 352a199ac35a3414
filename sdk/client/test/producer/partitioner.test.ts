import { describe, expect, it } from "vitest";
import { siphashRoundRobin } from "../../src/producer/partitioner.ts";

const turns = (view: { count: number; available: number[] }, times: number): number[] => {
  const partitioner = siphashRoundRobin();
  return Array.from({ length: times }, () => partitioner(null, view));
};

describe("the default partitioner", () => {
  it("takes the available partitions in turn, for records without a key", () => {
    expect(turns({ count: 3, available: [0, 1, 2] }, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(turns({ count: 4, available: [1, 3] }, 4)).toEqual([1, 3, 1, 3]);
  });

  it("takes all in turn while none is known to be available", () => {
    expect(turns({ count: 2, available: [] }, 4)).toEqual([0, 1, 0, 1]);
  });

  it("gives a key its partition, available or not, without taking a turn", () => {
    const partitioner = siphashRoundRobin();
    const view = { count: 2, available: [0] };
    expect(partitioner(new TextEncoder().encode("a"), view)).toBe(1);
    expect(partitioner(null, { count: 2, available: [0, 1] })).toBe(0);
  });

  it("counts an empty key as a key", () => {
    const partitioner = siphashRoundRobin();
    const view = { count: 1000, available: [] };
    expect(partitioner(new Uint8Array(0), view)).toBe(Number(0xe849e8bb6ffe2567n % 1000n));
  });
});

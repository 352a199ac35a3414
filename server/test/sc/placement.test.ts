import { describe, expect, it } from "vitest";
import { type PlacementRequest, placeReplicas } from "../../src/sc/placement.ts";

function place(
  online: number[],
  partitions: number,
  replicationFactor: number,
  more: Partial<PlacementRequest> = {},
) {
  const rows = placeReplicas({
    partitions,
    replicationFactor,
    current: new Map(),
    registered: online.length,
    online,
    existing: [],
    ...more,
  });
  return rows === null ? null : [...rows.values()];
}

describe("placing replicas", () => {
  it("goes round over the SPUs, lowest id first", () => {
    expect(place([0, 1], 4, 1)).toEqual([[0], [1], [0], [1]]);
    expect(place([10, 4, 2, 1, 0], 4, 1)).toEqual([[0], [1], [2], [4]]);
  });

  it("takes the partitions of other topics into account", () => {
    const existing = [
      { leader: 0, replicas: [0, 1, 2] },
      { leader: 1, replicas: [1, 2] },
      { leader: 0, replicas: [0, 3] },
    ];
    expect(place([0, 1, 2, 3], 5, 3, { existing })).toEqual([
      [2, 0, 1],
      [3, 0, 1],
      [1, 3, 0],
      [2, 3, 0],
      [3, 2, 1],
    ]);
  });

  it("keeps rows that exist", () => {
    const current = new Map([
      [0, [2]],
      [1, [2]],
    ]);
    expect(
      place([1, 2], 3, 1, { current, existing: [2, 2].map((id) => ({ leader: id, replicas: [id] })) }),
    ).toEqual([[2], [2], [1]]);
  });

  it("gives nothing if a row cannot be filled", () => {
    expect(place([], 1, 1, { registered: 3 })).toBeNull();
    expect(place([1, 2], 1, 3)).toBeNull();
    expect(place([1, 2], 1, 3, { registered: 3 })).toBeNull();
  });
});

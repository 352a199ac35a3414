import { PartitionSpec, PartitionStatus } from "@smdk/protocol";
import { expect, it } from "vitest";
import { partitionView } from "../../src/sc/public/view.ts";

it("keeps from older clients what would make them drop the whole frame", () => {
  const status = { ...PartitionStatus.initial(), resolution: "OutOfStorage" as const };
  const partition = { key: "t-0", spec: PartitionSpec.initial(), status, revision: 0 };
  expect(partitionView(partition, 19).status.resolution).toBe("OutOfStorage");
  expect(partitionView(partition, 18).status.resolution).toBe("Online");
  expect(partitionView(partition, 15).status.resolution).toBe("Online");
});

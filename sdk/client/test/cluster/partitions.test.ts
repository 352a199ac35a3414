import type { TopicMetadata } from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { topicSpec } from "../../src/admin/topics.ts";
import { mirrorPartition, partitionCount } from "../../src/cluster/cluster.ts";

const topic = (spec: TopicMetadata["spec"]): TopicMetadata => ({
  name: "mirrored",
  spec,
  status: { resolution: "Provisioned", replicaMap: new Map(), mirrorMap: new Map(), reason: "" },
});
const home = (remoteCluster: string) => ({ remoteCluster, remoteReplica: "mirrored-0", source: false });

it("a topic cannot claim any number of partitions", () => {
  expect(partitionCount(topicSpec({ partitions: 5 }))).toBe(5);
  expect(() => partitionCount(topicSpec({ partitions: 0xffff_ffff }))).toThrow(
    expect.objectContaining({ code: "SMDK_PROTOCOL" }),
  );
});

describe("the partition of a remote cluster", () => {
  const spec = topicSpec({
    mirror: { kind: "Home", partitions: [home("edge1"), home("edge2")], source: false },
  });

  it("is found by its name", () => {
    expect(partitionCount(spec)).toBe(2);
    expect([mirrorPartition(topic(spec), "edge1"), mirrorPartition(topic(spec), "edge2")]).toEqual([0, 1]);
  });

  it("does not exist for other remotes and other topics", () => {
    expect(() => mirrorPartition(topic(spec), "edge3")).toThrow(
      expect.objectContaining({ code: "SMDK_PARTITION_NOT_FOUND", hint: "its remotes: edge1, edge2" }),
    );
    expect(() => mirrorPartition(topic(topicSpec({})), "edge1")).toThrow(
      expect.objectContaining({ hint: "it is no mirror topic" }),
    );
  });
});

// Codes and texts that clients of every generation can read.
import { ErrorCode, encode } from "@smdk/protocol";
import { describe, expect, it } from "vitest";
import { clientText, errorForVersion, otherError } from "../../src/spu/client-errors.ts";

describe("client texts", () => {
  it("stay as they are while readers accept them", () => {
    const text = "x".repeat(32_767);
    expect(clientText(text)).toBe(text);
  });

  it("are cut where they are too long, between code points", () => {
    for (const text of ["x".repeat(40_000), "日".repeat(20_000), "😀".repeat(9000)]) {
      const error = otherError(text);
      expect(() => encode(ErrorCode, error, 25)).not.toThrow();
      expect(clientText(text)).toMatch(/^(x+|日+|(😀)+)…$/u);
    }
  });
});

describe("error codes", () => {
  const code = (error: ErrorCode, version: number) => errorForVersion(error, version).kind;
  const full: ErrorCode = { kind: "PartitionFull", replicaKey: { topic: "t", partition: 0 } };

  it("reach current clients unchanged", () => {
    expect(errorForVersion(full, 25)).toBe(full);
    expect(errorForVersion(full, 24)).toBe(full);
  });

  it("become what older clients know", () => {
    expect(code(full, 23)).toBe("StorageError");
    expect(code({ kind: "PartitionShortCircuited" }, 23)).toBe("StorageError");
    expect(code({ kind: "MirrorProduceFromRemoteNotAllowed" }, 23)).toBe("MirrorProduceFromHome");
    expect(code({ kind: "MirrorProduceFromRemoteNotAllowed" }, 22)).toBe("Other");
    expect(code({ kind: "OffsetEvicted", offset: 0n, nextAvailable: 1n }, 23)).toBe("OffsetEvicted");
    expect(code({ kind: "OffsetEvicted", offset: 0n, nextAvailable: 1n }, 22)).toBe("OffsetOutOfRange");
    expect(code({ kind: "TopicDeleted" }, 22)).toBe("TopicNotFound");
    expect(code({ kind: "SmartModuleLookBackError", value: "x" }, 21)).toBe("Other");
    expect(code({ kind: "SmartModuleMemoryLimitExceeded", requested: 2n, max: 1n }, 21)).toBe("Other");
    expect(code({ kind: "SmartModuleChainInitError", value: "x" }, 17)).toBe("Other");
    expect(code({ kind: "SmartModuleNotFound", name: "x" }, 17)).toBe("SmartModuleNotFound");
  });
});

import { existsSync, readFileSync } from "node:fs";
import { expect, describe as group, test } from "vitest";
import {
  CompressionAlgorithm,
  CreateRequest,
  describe,
  describeAll,
  ErrorCode,
  StreamFetchRequest,
  string,
  struct,
  wireTypesReference,
} from "../src/index.ts";

group("describe", () => {
  test("gives fields with types and versions", () => {
    const rows = describe(StreamFetchRequest)!.rows;
    expect(rows).toContainEqual({ name: "topic", type: "string", versions: "all" });
    expect(rows).toContainEqual({ name: "wasmModule", type: "bytes", versions: "11 to 18" });
    expect(rows).toContainEqual({
      name: "smartmodules",
      type: "list<SmartModuleInvocation>",
      versions: "18+",
    });
  });

  test("gives variants with tags and content", () => {
    expect(describe(CompressionAlgorithm)).toMatchObject({ kind: "enum", tag: "u8" });
    const rows = describe(ErrorCode)!.rows;
    expect(rows).toContainEqual({
      name: "OffsetEvicted",
      type: "offset: i64, nextAvailable: i64",
      versions: "71",
    });
    expect(describe(CreateRequest)!.rows[0]).toEqual({
      name: "Topic",
      type: "CreateRequest<Topic>",
      versions: '"Topic"',
    });
    expect(describe(string())).toBeNull();
  });

  test("reaches every type below a root, once", () => {
    const names = describeAll([CreateRequest]).map(({ name }) => name);
    expect(names).toContain("PartitionMirrorConfig");
    expect(new Set(names).size).toBe(names.length);
  });

  test("refuses two declarations of one name, which the page could not tell apart", () => {
    const twins = [struct("Twin", { a: string() }), struct("Twin", { b: string() })];
    expect(() => describeAll(twins)).toThrow("two declarations are called Twin");
  });
});

const page = new URL("../../../docs/reference/wire-types.md", import.meta.url);

test.runIf(existsSync(page))("the reference page is what the declarations say", () => {
  expect(readFileSync(page, "utf8") === wireTypesReference(), "run node sdk/protocol/scripts/docs.js").toBe(
    true,
  );
});

// Looking into modules, good ones and broken ones.

import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { build, type CompilerError, checkAbi, inspectModule } from "../src/index.ts";
import { FILTER, MANIFEST, Projects } from "./support/projects.ts";

const projects = new Projects();
afterAll(() => projects.removeAll());

const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const module = (...sections: number[][]): Uint8Array =>
  Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...sections.flat()]);

describe("inspectModule", () => {
  it("tells what a module of ours is made of", async () => {
    const dir = projects.make({ "SmartModule.toml": MANIFEST, "src/index.ts": FILTER });
    const { bytes } = await build({ projectDir: dir });
    const module = inspectModule(bytes);
    expect(module).toMatchObject({
      kind: "filter",
      size: bytes.length,
      imports: [{ module: "env", name: "copy_records", kind: "function", type: "(i32, i32) -> ()" }],
      memory: { initial: 1, maximum: null, shared: false, imported: false },
    });
    expect(module.exports.map(({ name, type }) => `${name}: ${type}`).sort()).toEqual([
      "alloc: (i32) -> i32",
      "dealloc: (i32, i32) -> ()",
      "filter: (i32, i32, i32) -> i32",
      "memory: null",
    ]);
    expect(checkAbi(module)).toEqual([]);
    // Every cut either still reads or is reported: nothing else comes out.
    for (let size = 0; size < bytes.length; size += 7) {
      try {
        inspectModule(bytes.subarray(0, size));
      } catch (error) {
        expect((error as CompilerError).code).toBe("SMDK_NOT_WASM");
      }
    }
  });

  it("refuses what is not a core module", () => {
    const component = Uint8Array.from([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
    expect(() => inspectModule(component)).toThrow("it is a component, and the engine wants a core module");
    expect(() => inspectModule(Buffer.from("(module)"))).toThrow("it does not start with \\0asm");
    expect(() => inspectModule(new Uint8Array())).toThrow("not a WebAssembly module");
  });

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          inspectModule(module([...bytes]));
        } catch (error) {
          expect((error as CompilerError).code).toBe("SMDK_NOT_WASM");
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("checkAbi", () => {
  it("finds what would keep the engine from using a module", () => {
    const types = section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 1, 0x7e);
    const imports = section(2, 1, ...text("env"), ...text("abort"), 0, 0);
    const functions = section(3, 2, 0, 1);
    const exports = section(7, 2, ...text("filter"), 0, 1, ...text("alloc"), 0, 2);
    expect(checkAbi(inspectModule(module(types, imports, functions, exports)))).toEqual([
      "it does not import copy_records, so it could hand over nothing",
      "it imports env.abort, which the engine does not offer",
      "it does not export its memory",
      "its export alloc has the type (i32) -> i64, not (i32) -> i32",
      "its export filter has the type () -> (), not (i32, i32, i32) -> i32",
    ]);
    expect(checkAbi(inspectModule(module())).at(1)).toBe(
      "it exports none of filter, map, filter_map, array_map, aggregate",
    );
  });
});

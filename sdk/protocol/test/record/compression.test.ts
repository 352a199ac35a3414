import { createRequire } from "node:module";
import * as zlib from "node:zlib";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type Compression, compress, decompress, prepareCompression } from "../../src/record/index.ts";
import { readLz4Frames } from "../../src/record/lz4.ts";
import { exampleBatches, hex } from "./helpers.ts";

const codecs = ["Gzip", "Snappy", "Lz4", "Zstd"] as const satisfies Compression[];

beforeAll(prepareCompression);

const repetitive = Buffer.from("line of a log that says the same again and again\n".repeat(20_000));

describe.each(codecs)("%s", (codec) => {
  it("gives back what went in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), (bytes, times) => {
        const data = Buffer.concat(Array.from({ length: (times % 40) + 1 }, () => bytes));
        expect(Buffer.compare(decompress(codec, compress(codec, data)), data)).toBe(0);
      }),
    );
  });

  it("handles several blocks and makes text smaller", () => {
    const packed = compress(codec, repetitive);
    expect(packed.length).toBeLessThan(repetitive.length / 4);
    expect(Buffer.compare(decompress(codec, packed), repetitive)).toBe(0);
    const noise = new Uint8Array(300_000);
    for (let i = 0, x = 1; i < noise.length; i++) noise[i] = x = (x * 1_103_515_245 + 12_345) >>> 3;
    expect(Buffer.compare(decompress(codec, compress(codec, noise)), noise)).toBe(0);
  });

  it("stops at the limit", () => {
    const packed = compress(codec, repetitive);
    expect(decompress(codec, packed, repetitive.length).length).toBe(repetitive.length);
    for (const limit of [0, 1, 1000, 65_536, repetitive.length - 1]) {
      expect(() => decompress(codec, packed, limit)).toThrow(
        expect.objectContaining({ code: "SMDK_COMPRESSION_LIMIT" }),
      );
    }
  });

  it("stops at the limit for a bomb", () => {
    const packed = compress(codec, new Uint8Array(50_000_000));
    expect(() => decompress(codec, packed, 1_000_000)).toThrow(
      expect.objectContaining({ code: "SMDK_COMPRESSION_LIMIT" }),
    );
  });

  it("refuses damaged data with an error of its own", () => {
    const packed = compress(codec, repetitive.subarray(0, 3000));
    fc.assert(
      fc.property(
        fc.nat(packed.length),
        fc.array(fc.tuple(fc.nat(packed.length - 1), fc.nat(255)), { maxLength: 5 }),
        (cut, changes) => {
          const bytes = Uint8Array.from(packed.subarray(0, cut));
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          try {
            expect(decompress(codec, bytes, 100_000).length).toBeLessThanOrEqual(100_000);
          } catch (error) {
            expect((error as { code: string }).code).toMatch(/^SMDK_COMPRESSION_(INVALID|LIMIT)$/);
          }
        },
      ),
      { numRuns: 400 },
    );
    expect(() => decompress(codec, new Uint8Array(0))).toThrow(
      expect.objectContaining({ code: "SMDK_COMPRESSION_INVALID" }),
    );
    // The library must still work after having met nonsense.
    expect(Buffer.compare(decompress(codec, packed), repetitive.subarray(0, 3000))).toBe(0);
  });
});

describe("the lz4 reader without native code", () => {
  it("reads the same and stops at the same place", () => {
    for (const data of [repetitive, repetitive.subarray(0, 10), Buffer.alloc(200_000)]) {
      const packed = compress("Lz4", data);
      expect(Buffer.compare(readLz4Frames(packed, data.length), data)).toBe(0);
      expect(() => readLz4Frames(packed, data.length - 1)).toThrow(
        expect.objectContaining({ code: "SMDK_COMPRESSION_LIMIT" }),
      );
    }
  });

  it("refuses damaged data with an error of its own", () => {
    const packed = compress("Lz4", repetitive.subarray(0, 3000));
    fc.assert(
      fc.property(fc.nat(packed.length), fc.nat(packed.length - 1), fc.nat(255), (cut, at, value) => {
        const bytes = Uint8Array.from(packed.subarray(0, cut));
        if (at < cut) bytes[at] = value;
        try {
          expect(readLz4Frames(bytes, 100_000).length).toBeLessThanOrEqual(100_000);
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^SMDK_COMPRESSION_(INVALID|LIMIT)$/);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("other writers' streams", () => {
  it("gzip of any level and in several members", () => {
    const parts = Buffer.concat([
      zlib.gzipSync("hello ", { level: 9 }),
      zlib.gzipSync("world", { level: 1 }),
    ]);
    expect(Buffer.from(decompress("Gzip", parts)).toString()).toBe("hello world");
  });

  it("zstd with content size, and several frames", () => {
    const frame = exampleBatches.Zstd.subarray(57);
    const sized = compress("Zstd", Buffer.from("abc"));
    const both = Buffer.concat([frame, hex("502a4d18 02000000 aaaa"), sized]);
    expect(decompress("Zstd", both).length).toBe(33);
  });

  it("lz4 with linked blocks, checksums, content size and skippable frames", () => {
    const lz4 = createRequire(import.meta.url)("lz4-napi") as {
      compressFrameSync(
        bytes: Buffer,
        options: { contentChecksum: boolean; blockChecksums: boolean },
      ): Buffer;
    };
    const checked = lz4.compressFrameSync(repetitive, { contentChecksum: true, blockChecksums: true });
    const skip = hex("5a2a4d18 03000000 010203");
    const twice = decompress("Lz4", Buffer.concat([skip, checked, checked]));
    expect(Buffer.compare(twice, Buffer.concat([repetitive, repetitive]))).toBe(0);
    // Written by hand: content size 13 and two linked blocks, the second a match into the first.
    const linked = hex("04224d18 4840 0d00000000000000 00 06000080 616263646566 04000000 12670700 00000000");
    expect(Buffer.from(readLz4Frames(linked, 100)).toString()).toBe("abcdefgabcdef");
  });

  it("snappy with padding chunks, and not without its identifier", () => {
    const packed = compress("Snappy", repetitive.subarray(0, 100));
    const padded = Buffer.concat([packed.subarray(0, 10), hex("fe020000 0000"), packed.subarray(10)]);
    expect(Buffer.compare(decompress("Snappy", padded), repetitive.subarray(0, 100))).toBe(0);
    expect(() => decompress("Snappy", packed.subarray(10))).toThrow("stream identifier missing");
    expect(() => decompress("Snappy", Buffer.concat([packed.subarray(0, 10), hex("05000000")]))).toThrow(
      "reserved",
    );
  });
});

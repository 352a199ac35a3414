import { describe, expect, expectTypeOf, test } from "vitest";
import {
  between,
  bool,
  bytes,
  DecodeError,
  decode,
  duration,
  EncodeError,
  encode,
  enumOf,
  f32,
  f64,
  fields,
  type Infer,
  i8,
  i16,
  i32,
  i64,
  list,
  map,
  newtype,
  option,
  Reader,
  recordData,
  since,
  spread,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
  union,
  unit,
  Writer,
} from "../../src/codec/index.ts";
import { hex, unhex } from "../support/hex.ts";

const Color = enumOf("Color", { Red: 0, Blue: 7 }, { tag: "i16", initial: "Blue" });
const Inner = struct("Inner", { id: i32(), late: since(18, bool()) });
const Choice = union("Choice", {
  None: unit(0),
  Named: fields(1, { text: string(), late: since(18, bool()) }),
  Whole: spread(2, Inner),
  Many: newtype(3, list(Inner)),
});
const Outer = struct("Outer", {
  color: Color,
  choice: Choice,
  legacy: between(11, 18, bytes()),
  names: map(string(), option(u16())),
});

test("declared types infer to the agreed TypeScript types", () => {
  expectTypeOf<Infer<typeof Color>>().toEqualTypeOf<"Red" | "Blue">();
  expectTypeOf<Infer<typeof Choice>>().toEqualTypeOf<
    | { kind: "None" }
    | { kind: "Named"; text: string; late: boolean }
    | { kind: "Whole"; id: number; late: boolean }
    | { kind: "Many"; value: { id: number; late: boolean }[] }
  >();
  expectTypeOf<Infer<typeof Outer>["names"]>().toEqualTypeOf<Map<string, number | null>>();
  expectTypeOf<Infer<typeof Outer>["legacy"]>().toEqualTypeOf<Uint8Array>();
});

describe("fixed-width values and text", () => {
  test.each([
    [bool(), true, "01"],
    [i8(), -2, "fe"],
    [u8(), 200, "c8"],
    [i16(), -2, "ff fe"],
    [u16(), 258, "01 02"],
    [i32(), -2, "ff ff ff fe"],
    [u32(), 66051, "00 01 02 03"],
    [i64(), -2n, "ff ff ff ff ff ff ff fe"],
    [u64(), 1n, "00 00 00 00 00 00 00 01"],
    [f32(), 1.5, "3f c0 00 00"],
    [f64(), -2, "c0 00 00 00 00 00 00 00"],
    [duration(), { seconds: 1n, nanos: 500_000_000 }, "00 00 00 00 00 00 00 01 1d cd 65 00"],
    [string(), "hello", "00 05 68 65 6c 6c 6f"],
    [string(), "", "00 00"],
    [string(), "é", "00 02 c3 a9"],
    [option(u16()), null, "00"],
    [option(u16()), 16, "01 00 10"],
    [list(string()), ["test"], "00 00 00 01 00 04 74 65 73 74"],
    [bytes(), unhex("10 11"), "00 00 00 02 10 11"],
    [
      map(string(), string()),
      new Map([
        ["b", "2"],
        ["a", "1"],
      ]),
      "00 02 00 01 61 00 01 31 00 01 62 00 01 32",
    ],
    [recordData(), unhex("61 62 63"), "06 61 62 63"],
  ])("%# has the documented bytes", (codec, value, expected) => {
    expect(hex(encode<unknown>(codec, value, 0))).toBe(expected);
    expect(decode<unknown>(codec, unhex(expected), 0)).toEqual(value);
  });

  test.each([
    [0, "00"],
    [-1, "01"],
    [1, "02"],
    [-2, "03"],
    [300, "d8 04"],
    [2147483647, "fe ff ff ff 0f"],
    [-2147483648, "ff ff ff ff 0f"],
    [63, "7e"],
    [64, "80 01"],
    [-64, "7f"],
    [-65, "81 01"],
    [8191, "fe 7f"],
    [8192, "80 80 01"],
    [-134217729, "81 80 80 80 01"],
    [Number.MAX_SAFE_INTEGER, "fe ff ff ff ff ff ff 1f"],
    [Number.MIN_SAFE_INTEGER, "fd ff ff ff ff ff ff 1f"],
  ])("varint %d", (value, expected) => {
    const writer = new Writer();
    writer.varint(value);
    expect(hex(writer.finish())).toBe(expected);
    expect(new Reader(unhex(expected)).varint()).toBe(value);
    expect(new Reader(unhex(expected)).varint64()).toBe(BigInt(value));
  });

  test("64-bit varints decode in full", () => {
    expect(new Reader(unhex("ff ff ff ff ff ff ff ff ff 01")).varint64()).toBe(-(2n ** 63n));
    expect(new Reader(unhex("fe ff ff ff ff ff ff ff ff 01")).varint64()).toBe(2n ** 63n - 1n);
    expect(() => new Reader(unhex("fe ff ff ff ff ff ff ff ff 01")).varint()).toThrow(DecodeError);
    expect(() => new Reader(unhex("ff ff ff ff ff ff ff ff ff ff ff")).varint64()).toThrow(DecodeError);
    expect(() => new Reader(unhex("ff ff")).varint()).toThrow(DecodeError);
  });
});

describe("what Fluvio's decoder accepts", () => {
  test("a negative string length is empty text", () => {
    expect(decode(list(string()), unhex("00 00 00 02 ff ff 00 01 61"), 0)).toEqual(["", "a"]);
  });
  test("a negative count is an empty list or byte string", () => {
    expect(decode(list(u8()), unhex("ff ff ff ff"), 0)).toEqual([]);
    expect(decode(bytes(), unhex("80 00 00 00"), 0)).toHaveLength(0);
  });
  test("nanoseconds of a second and more are carried over", () => {
    expect(decode(duration(), unhex("00 x7 01 b2 d0 5e 00"), 0)).toEqual({ seconds: 4n, nanos: 0 });
    expect(() => decode(duration(), unhex("ff x8 3b 9a ca 00"), 0)).toThrow(/duration out of range/);
    expect(() => encode(duration(), { seconds: 0n, nanos: 1_000_000_000 }, 0)).toThrow(EncodeError);
  });
  test("map pairs in any order, the last of equal keys wins", () => {
    const decoded = decode(map(u32(), u8()), unhex("00 03 00 00 00 09 01 00 00 00 02 02 00 00 00 09 03"), 0);
    expect([...decoded].sort()).toEqual([
      [2, 2],
      [9, 3],
    ]);
    expect(hex(encode(map(u32(), u8()), decoded, 0))).toBe("00 02 00 00 00 02 02 00 00 00 09 03");
  });
  test("keys are written in the order of their UTF-8 bytes", () => {
    const entries = new Map([
      ["\u{1f600}", 1],
      ["\uffff", 2],
      ["a", 3],
      ["", 4],
    ]);
    const text = hex(encode(map(string(), u8()), entries, 0));
    expect(text).toBe("00 04 00 00 04 00 01 61 03 00 03 ef bf bf 02 00 04 f0 9f 98 80 01");
  });
});

describe("versions", () => {
  const value: Infer<typeof Outer> = {
    color: "Blue",
    choice: { kind: "Whole", id: 1, late: true },
    legacy: unhex("aa"),
    names: new Map(),
  };
  test("limits hold in structs, spread ones too, and defaults fill what is absent", () => {
    expect(hex(encode(Outer, value, 10))).toBe("00 07 02 00 00 00 01 00 00");
    expect(hex(encode(Outer, value, 18))).toBe("00 07 02 00 00 00 01 01 00 00 00 01 aa 00 00");
    expect(hex(encode(Outer, value, 19))).toBe("00 07 02 00 00 00 01 01 00 00");
    expect(decode(Outer, unhex("00 07 02 00 00 00 01 00 00"), 10)).toEqual({
      ...value,
      choice: { kind: "Whole", id: 1, late: false },
      legacy: new Uint8Array(0),
    });
  });
  test("a negative version has no struct fields", () => {
    expect(encode(Outer, value, -1)).toHaveLength(0);
    expect(decode(Outer, new Uint8Array(0), -1)).toEqual({
      color: "Blue",
      choice: { kind: "None" },
      legacy: new Uint8Array(0),
      names: new Map(),
    });
  });
});

describe("errors", () => {
  test("name the declaration and the place", () => {
    const bad = unhex("00 07 03 00 00 00 02 00 00 00 01 00 00 00 00 02 02 00 00");
    expect(() => decode(Outer, bad, 18)).toThrow("Outer.choice.value[1].late: not a bool: 2 at byte 16");
    try {
      decode(Outer, bad, 18);
    } catch (error) {
      expect(error).toMatchObject({ code: "SMDK_DECODE", offset: 16, path: "Outer.choice.value[1].late" });
    }
    expect(() => decode(Outer, unhex("00 01"), 19)).toThrow("Outer.color: Color has no tag 1 at byte 0");
    expect(() => decode(string(), unhex("00 02 ff ff"), 0)).toThrow(/not UTF-8/);
    expect(() => decode(string(), unhex("00 05 61"), 0)).toThrow(/needs 5 bytes, 1 left/);
  });
  test("a count beyond the input is refused before anything is allocated", () => {
    expect(() => decode(list(Inner), unhex("7f ff ff ff 00"), 19)).toThrow(/2147483647 elements in 1 bytes/);
  });
  test("values without encoding are refused", () => {
    expect(() => encode(string(), "x".repeat(32768), 0)).toThrow(EncodeError);
    expect(() => encode(string(), "é".repeat(16384), 0)).toThrow(EncodeError);
    expect(encode(string(), "é".repeat(16383), 0)).toHaveLength(2 + 32766);
    for (const bad of [1.5, 2 ** 31, Number.NaN]) expect(() => encode(i32(), bad, 0)).toThrow(EncodeError);
    expect(() => encode(u64(), -1n, 0)).toThrow(EncodeError);
    expect(() => encode(i64(), 2n ** 63n, 0)).toThrow(EncodeError);
    expect(() => encode(Outer, { color: "Green" } as never, 19)).toThrow(
      "Outer.color: Color has no variant Green",
    );
    expect(() => encode(Outer, { color: "Red" } as never, 19)).toThrow(EncodeError);
    const inner = { id: 1, late: 1 } as never;
    expect(() => encode(list(Inner), [inner], 19)).toThrow("list[0].late: not a bool: 1");
  });
});

/**
 * Reads what a guest handed over, in one validating walk. Records are not taken apart: the walk finds where they
 * end and whether they are in the form the engine would write itself; only if not are they written anew.
 * Every complaint has the text of upstream's decoder.
 */
import type { SmartModuleLookbackRuntimeError, SmartModuleTransformRuntimeError } from "@smdk/protocol";
import { recodeRecords } from "./recode.ts";
import type { RecordWalk } from "./record-walk.ts";
import { RUNTIME_ERROR_KINDS } from "./runtime-error.ts";

/** The output does not decode; the message is upstream's. */
export class OutputError extends Error {}

/** The records of an output: where they are, still in the guest's memory. */
export interface OutputRecords {
  /** u32 count and records; a view of the guest's memory unless they had to be written anew. */
  bytes: Uint8Array;
  count: number;
}

export interface TransformOutput {
  records: OutputRecords;
  error: SmartModuleTransformRuntimeError | null;
  /** The new accumulator (a copy), empty below version 16; null for kinds without one. */
  accumulator: Uint8Array | null;
}

/** Decodes the output of a transform; `walk` is the quick walk over the memory it lies in. Throws OutputError. */
export function readTransformOutput(
  bytes: Uint8Array,
  version: number,
  aggregate: boolean,
  walk: RecordWalk | null = null,
): TransformOutput {
  const walker = new OutputWalker(bytes, walk);
  const records = walker.records();
  const error = walker.bool() ? readTransformError(walker) : null;
  if (!aggregate) return { records, error, accumulator: null };
  return { records, error, accumulator: version >= 16 ? walker.vec() : new Uint8Array(0) };
}

/** Decodes a `Vec<Record>` that stands alone. Throws OutputError. */
export function readRecords(bytes: Uint8Array): OutputRecords {
  return new OutputWalker(bytes).records();
}

/** Decodes the hint that `init` left. Throws OutputError. */
export function readInitOutput(bytes: Uint8Array): string {
  return new OutputWalker(bytes).string();
}

/** Decodes the error that `look_back` left. Throws OutputError. */
export function readLookbackOutput(bytes: Uint8Array): SmartModuleLookbackRuntimeError {
  const walker = new OutputWalker(bytes);
  const hint = walker.string();
  const offset = walker.i64();
  const recordKey = walker.bool() ? walker.data() : null;
  return { hint, offset, recordKey, recordValue: walker.data() };
}

function readTransformError(walker: OutputWalker): SmartModuleTransformRuntimeError {
  const hint = walker.string();
  const offset = walker.i64();
  const tag = walker.u8();
  const kind = RUNTIME_ERROR_KINDS[tag];
  if (kind === undefined) throw new OutputError(`Unknown SmartModuleKind type ${tag}`);
  const recordKey = walker.bool() ? walker.data() : null;
  return { hint, offset, kind, recordKey, recordValue: walker.data() };
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A cursor over an output. Also used, with `recode.ts`, to write records anew. */
export class OutputWalker {
  readonly bytes: Uint8Array;
  readonly end: number;
  pos = 0;
  /** False once a varint was met that its own encoder would not have written so. */
  minimal = true;
  readonly #walk: RecordWalk | null;

  constructor(bytes: Uint8Array, walk: RecordWalk | null = null) {
    this.#walk = walk;
    this.bytes = bytes;
    this.end = bytes.length;
  }

  /** Walks u32 count and records. */
  records(): OutputRecords {
    const start = this.pos;
    const count = this.i32();
    if (count < 1) return { bytes: emptyRecords(), count: 0 };
    if (this.#walkQuickly(count)) return { bytes: this.bytes.subarray(start, this.pos), count };
    this.minimal = true;
    let canonical = true;
    const { bytes } = this;
    for (let i = 0; i < count; i++) {
      const length = this.varint();
      const body = this.pos;
      if (this.end - body < length) throw new OutputError("not enough for record");
      if (body >= this.end) throw new OutputError("not enough buf for i8");
      this.pos = body + 1;
      this.varint();
      this.varint();
      if (this.pos >= this.end) throw new OutputError("not enough buf for bool");
      const keyed = bytes[this.pos++]!;
      if (keyed > 1) throw new OutputError("not valid bool value");
      if (keyed === 1) this.skipData();
      this.skipData();
      this.varint();
      if (this.pos - body !== length) canonical = false;
    }
    const view = bytes.subarray(start, this.pos);
    return { bytes: canonical && this.minimal ? view : recodeRecords(view, count), count };
  }

  /** Steps over `count` records if they are as they should be; otherwise stays where it is. */
  #walkQuickly(count: number): boolean {
    if (this.#walk === null) return false;
    const { byteOffset, length } = this.bytes;
    try {
      const stop = this.#walk(byteOffset + this.pos, byteOffset + length, count);
      if (stop < 0) return false;
      this.pos = stop - byteOffset;
      return true;
    } catch {
      // It reads a few bytes ahead, which at the end of the memory traps.
      return false;
    }
  }

  /** A zig-zag varint as a number; exact up to 2^53, which is all that lengths need. */
  varint(): number {
    const { bytes, end } = this;
    let pos = this.pos;
    if (pos >= end) throw new OutputError("varint decoding no more bytes left");
    let byte = bytes[pos++]!;
    if (byte < 0x80) {
      this.pos = pos;
      return (byte & 1) === 0 ? byte >>> 1 : -((byte + 1) >>> 1);
    }
    let value = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      if (pos >= end) throw new OutputError("varint decoding no more bytes left");
      byte = bytes[pos++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0) this.minimal = false;
        this.pos = pos;
        return (value & 1) === 0 ? value >>> 1 : -((value + 1) >>> 1);
      }
    }
    return Number(this.longVarint());
  }

  /** A varint of any length, from its first byte; bits beyond 64 wrap as they do upstream. */
  longVarint(): bigint {
    const start = this.pos;
    let raw = 0n;
    let shift = 0n;
    for (;;) {
      if (this.pos >= this.end) throw new OutputError("varint decoding no more bytes left");
      const byte = this.bytes[this.pos++]!;
      raw = BigInt.asUintN(64, raw | (BigInt(byte & 0x7f) << (shift & 63n)));
      shift += 7n;
      if (byte < 0x80) break;
    }
    // The arithmetic shift is upstream's: it only differs from zig-zag when bit 63 is set.
    const signed = BigInt.asIntN(64, raw);
    const value = BigInt.asIntN(64, (signed >> 1n) ^ -(signed & 1n));
    if (varintLength(value) !== this.pos - start) this.minimal = false;
    return value;
  }

  skipData(): void {
    const length = this.varint();
    if (length < 0) throw new OutputError("capacity overflow");
    this.pos = length > this.end - this.pos ? this.end : this.pos + length;
  }

  /** Key or value, copied; a length beyond the end gives what is left. */
  data(): Uint8Array {
    const length = this.varint();
    if (length < 0) throw new OutputError("capacity overflow");
    const start = this.pos;
    this.pos = length > this.end - start ? this.end : start + length;
    return this.bytes.slice(start, this.pos);
  }

  bool(): boolean {
    if (this.pos >= this.end) throw new OutputError("not enough buf for bool");
    const byte = this.bytes[this.pos++]!;
    if (byte > 1) throw new OutputError("not valid bool value");
    return byte === 1;
  }

  u8(): number {
    if (this.pos >= this.end) throw new OutputError("not enough buf for u8");
    return this.bytes[this.pos++]!;
  }

  i32(): number {
    if (this.end - this.pos < 4) throw new OutputError("can't read i32");
    const { bytes, pos } = this;
    this.pos = pos + 4;
    return (bytes[pos]! << 24) | (bytes[pos + 1]! << 16) | (bytes[pos + 2]! << 8) | bytes[pos + 3]!;
  }

  i64(): bigint {
    if (this.end - this.pos < 8) throw new OutputError("can't read i64");
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset + this.pos, 8);
    this.pos += 8;
    return view.getBigInt64(0);
  }

  /** u16 length, read as signed: zero and below is an empty string. */
  string(): string {
    if (this.end - this.pos < 2) throw new OutputError("can't read string length");
    const { bytes, pos } = this;
    const length = (((bytes[pos]! << 8) | bytes[pos + 1]!) << 16) >> 16;
    this.pos = pos + 2;
    if (length <= 0) return "";
    const stop = Math.min(this.pos + length, this.end);
    let text: string;
    try {
      text = utf8.decode(bytes.subarray(this.pos, stop));
    } catch {
      throw new OutputError("stream did not contain valid UTF-8");
    }
    if (stop - this.pos !== length) throw new OutputError("not enough string");
    this.pos = stop;
    return text;
  }

  /** u32 count and bytes, copied. */
  vec(): Uint8Array {
    const length = this.i32();
    if (length < 1) return new Uint8Array(0);
    if (length > this.end - this.pos) throw new OutputError("not enough buf for u8");
    this.pos += length;
    return this.bytes.slice(this.pos - length, this.pos);
  }
}

/** An empty `Vec<Record>`. */
export function emptyRecords(): Uint8Array {
  return new Uint8Array(4);
}

/** Bytes of a zig-zag varint. */
export function varintLength(value: bigint): number {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  let length = 1;
  while (rest >= 0x80n) {
    rest >>= 7n;
    length++;
  }
  return length;
}

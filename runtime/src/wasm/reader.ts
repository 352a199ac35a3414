/** Reads the primitives of the WebAssembly binary format; every complaint carries the offset of the fault. */

/** A fault in the binary; `message` is worded as upstream's parser words it, with the offset at the end. */
export class WasmFormatError extends Error {
  readonly reason: string;
  readonly offset: number;

  constructor(reason: string, offset: number) {
    super(`${reason} (at offset 0x${offset.toString(16)})`);
    this.reason = reason;
    this.offset = offset;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class WasmReader {
  readonly bytes: Uint8Array;
  pos: number;
  end: number;

  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = pos;
    this.end = end;
  }

  fail(message: string, offset = this.pos): never {
    throw new WasmFormatError(message, offset);
  }

  u8(): number {
    if (this.pos >= this.end) this.fail("unexpected end-of-file");
    return this.bytes[this.pos++]!;
  }

  skip(count: number): void {
    if (count > this.end - this.pos) this.fail("unexpected end-of-file");
    this.pos += count;
  }

  u32(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let result = first & 0x7f;
    let shift = 7;
    for (;;) {
      const byte = this.u8();
      if (shift === 28 && byte > 0x0f) {
        this.fail(
          byte >= 0x80
            ? "invalid var_u32: integer representation too long"
            : "invalid var_u32: integer too large",
          this.pos - 1,
        );
      }
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
      shift += 7;
    }
  }

  u64(): bigint {
    let result = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.u8();
      if (shift === 63n && byte > 1) this.fail("invalid var_u64: integer too large", this.pos - 1);
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
      shift += 7n;
    }
  }

  /** Steps over an LEB128 integer of at most `maxBytes` bytes. */
  skipLeb(maxBytes: number): void {
    for (let i = 0; i < maxBytes; i++) {
      if (this.u8() < 0x80) return;
    }
    this.fail("invalid leb128: integer representation too long", this.pos - 1);
  }

  name(): string {
    const length = this.u32();
    if (length > 100_000) this.fail("string size out of bounds", this.pos - 1);
    const start = this.pos;
    this.skip(length);
    try {
      return utf8.decode(this.bytes.subarray(start, this.pos));
    } catch {
      return this.fail("malformed UTF-8 encoding", this.pos - 1);
    }
  }
}

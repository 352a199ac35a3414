// Hexadecimal and Base64 text, straight between memory and memory.

// @ts-ignore: decorator
@lazy const BASE64 = memory.data<u8>([
  65, 66, 67, 68, 69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 97, 98, 99,
  100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115, 116, 117, 118, 119, 120, 121, 122,
  48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 43, 47,
]);

// @ts-ignore: decorator
@inline function digit(value: u32): u16 {
  return <u16>(value + (value < 10 ? 0x30 : 0x57));
}

/** Two lower-case digits for each byte. */
export function toHex(from: usize, size: i32): string {
  let text = __new(<usize>size << 2, idof<string>());
  for (let i: usize = 0; i < <usize>size; ++i) {
    let byte = <u32>load<u8>(from + i);
    store<u16>(text + (i << 2), digit(byte >>> 4));
    store<u16>(text + (i << 2), digit(byte & 15), 2);
  }
  return changetype<string>(text);
}

// @ts-ignore: decorator
@inline function hexValue(byte: u32): u32 {
  if (byte - 0x30 < 10) return byte - 0x30;
  byte |= 0x20;
  return byte - 0x61 < 6 ? byte - 0x57 : 16;
}

/** Writes the bytes that hexadecimal digits stand for; returns false on anything else. `to` may be `from`. */
export function fromHex(from: usize, size: i32, to: usize): bool {
  if (size & 1) return false;
  for (let end = from + <usize>size; from < end; from += 2) {
    let high = hexValue(load<u8>(from));
    let low = hexValue(load<u8>(from, 1));
    if ((high | low) > 15) return false;
    store<u8>(to++, (high << 4) | low);
  }
  return true;
}

/** Base64 (RFC 4648) with padding. */
export function toBase64(from: usize, size: i32): string {
  let text = __new(<usize>((size + 2) / 3) << 3, idof<string>());
  let to = text;
  for (let left = size; left > 0; left -= 3, from += 3, to += 8) {
    let group = (<u32>load<u8>(from) << 16)
      | (left > 1 ? <u32>load<u8>(from, 1) << 8 : 0)
      | (left > 2 ? <u32>load<u8>(from, 2) : 0);
    store<u16>(to, load<u8>(BASE64 + (group >>> 18)));
    store<u16>(to, load<u8>(BASE64 + ((group >>> 12) & 63)), 2);
    store<u16>(to, left > 1 ? load<u8>(BASE64 + ((group >>> 6) & 63)) : 0x3d, 4);
    store<u16>(to, left > 2 ? load<u8>(BASE64 + (group & 63)) : 0x3d, 6);
  }
  return changetype<string>(text);
}

// @ts-ignore: decorator
@inline function base64Value(byte: u32): u32 {
  if (byte - 0x41 < 26) return byte - 0x41;
  if (byte - 0x61 < 26) return byte - 0x47;
  if (byte - 0x30 < 10) return byte + 4;
  if (byte == 0x2b || byte == 0x2d) return 62;
  return byte == 0x2f || byte == 0x5f ? 63 : 64;
}

/**
 * Writes the bytes that Base64 stands for, of either alphabet, padded or not; returns their number or -1 when it
 * is none. `to` may be `from`.
 */
export function fromBase64(from: usize, size: i32, to: usize): i32 {
  if (size > 0 && (size & 3) == 0 && load<u8>(from + <usize>size - 1) == 0x3d) {
    --size;
    if (load<u8>(from + <usize>size - 1) == 0x3d) --size;
  }
  if ((size & 3) == 1) return -1;
  let start = to;
  let bits: u32 = 0;
  let held = 0;
  for (let end = from + <usize>size; from < end; ++from) {
    let value = base64Value(load<u8>(from));
    if (value > 63) return -1;
    bits = (bits << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      store<u8>(to++, <u8>(bits >>> held));
    }
  }
  // What does not make a byte must be zero: otherwise two texts would stand for the same bytes.
  if (bits & ((1 << held) - 1)) return -1;
  return <i32>(to - start);
}

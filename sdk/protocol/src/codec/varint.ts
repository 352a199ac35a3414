/** Sizes of zigzag varints, needed wherever a length must be known before the bytes are written. */

/** Bytes that the zigzag varint of `value` takes: 1 to 10. `value` must be a safe integer. */
export function varintLength(value: number): number {
  // zigzag without bitwise operators, since those would cut at 32 bits
  let magnitude = value < 0 ? -(value + 1) : value;
  let length = 1;
  while (magnitude > 63) {
    magnitude = Math.floor(magnitude / 128);
    length++;
  }
  return length;
}

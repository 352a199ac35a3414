import { Bytes, Record } from "@smdk/assemblyscript";

const integer = /^[+-]?\d+$/;

/** An accumulator that is no number counts as zero. Where that cannot be, `sum: i64` does: then it is an error. */
export function aggregate(sum: Bytes, record: Record): Bytes {
  const before = sum.trim();
  const start = integer.test(before) ? before.toInt() : 0;
  return Bytes.of((start + record.value.toInt()).toString());
}

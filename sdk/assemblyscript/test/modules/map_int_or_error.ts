import type { Record } from "@smdk/assemblyscript";

/** A 32-bit integer as Rust's `parse` reads it: a sign or none, digits, nothing else. */
function parse(text: string): i32 {
  const value = I64.parseInt(text);
  let good = text.length > 0 && text.length < 19;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const isSign = i == 0 && text.length > 1 && (unit == 43 || unit == 45);
    if (!isSign && (unit < 48 || unit > 57)) good = false;
  }
  if (!good || value > i32.MAX_VALUE || value < i32.MIN_VALUE) {
    throw new Error(`not an integer: "${text}"\n\nCaused by:\n    invalid digit found in string`);
  }
  return <i32>value;
}

export function map(record: Record): string {
  const text = record.value.utf8();
  if (text == "panic") unreachable();
  const doubled = <i64>parse(text) * 2;
  if (doubled > i32.MAX_VALUE || doubled < i32.MIN_VALUE) throw new Error(`${text} is too large`);
  const key = record.key;
  if (key !== null && key.equals("meta")) return `${record.offset}@${record.timestamp}:${doubled}`;
  return doubled.toString();
}

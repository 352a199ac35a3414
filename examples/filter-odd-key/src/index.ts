import { Bytes, Record } from "@smdk/assemblyscript";

const integer = /^[+-]?\d+$/;

function parse(text: Bytes): i64 {
  if (integer.test(text)) return text.toInt();
  const reason = text.length == 0 ? "cannot parse integer from empty string" : "invalid digit found in string";
  throw new Error(`Oops something went wrong\n\nCaused by:\n   0: Failed to parse int\n   1: ${reason}`);
}

export function filter(record: Record): bool {
  const key = record.key;
  return parse(key !== null ? key : new Bytes()) % 2 == 0;
}

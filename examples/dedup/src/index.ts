import { Params, Record } from "@smdk/assemblyscript";

/** When a key was seen last; a Map keeps the order in which its keys came. */
const seen = new Map<string, i64>();
let count: i64 = 0;
let window: i64 = 0;

export function init(params: Params): void {
  count = params.int("count", 10000);
  window = params.int("seconds") * 1000;
  if (count < 1) throw new Error("count must be at least 1");
}

function isNew(record: Record): bool {
  const key = record.key;
  const id = key !== null ? key.text : record.value.text;
  const now = record.timestamp;
  if (seen.has(id)) {
    if (window == 0 || now - seen.get(id) < window) return false;
    seen.delete(id);
  }
  seen.set(id, now);
  if (<i64>seen.size > count) seen.delete(seen.keys()[0]);
  return true;
}

export function lookBack(record: Record): void {
  isNew(record);
}

export function filter(record: Record): bool {
  return isNew(record);
}

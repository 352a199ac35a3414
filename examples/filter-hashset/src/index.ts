import { Params, Record } from "@smdk/assemblyscript";

const seen = new Set<string>();
let count: i64 = i64.MAX_VALUE;

export function init(params: Params): void {
  count = params.int("count", count);
}

/** Remembers a value; false when it is known already. */
function remember(value: string): bool {
  if (seen.has(value)) return false;
  seen.add(value);
  // A Set keeps the order in which its values came.
  if (<i64>seen.size > count) seen.delete(seen.values()[0]);
  return true;
}

export function lookBack(record: Record): void {
  remember(record.value.text);
}

export function filter(record: Record): bool {
  return remember(record.value.text);
}

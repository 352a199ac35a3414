import { Record } from "@smdk/assemblyscript";

let last: i64 = 0;

export function lookBack(record: Record): void {
  last = record.value.toInt();
}

export function filter(record: Record): bool {
  const value = record.value.toInt();
  if (value <= last) return false;
  last = value;
  return true;
}

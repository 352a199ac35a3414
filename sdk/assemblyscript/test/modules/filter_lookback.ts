import type { Record } from "@smdk/assemblyscript";

let highest = i64.MIN_VALUE;

export function lookBack(record: Record): void {
  highest = max(highest, record.value.checkUtf8().toInt());
}

export function filter(record: Record): bool {
  const value = record.value.checkUtf8().toInt();
  const isNew = value > highest;
  highest = max(highest, value);
  return isNew;
}

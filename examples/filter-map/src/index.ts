import { Record } from "@smdk/assemblyscript";

export function filterMap(record: Record): string | null {
  const value = record.value.toInt();
  return value % 2 == 0 ? (value / 2).toString() : null;
}

import { Record } from "@smdk/assemblyscript";

export function map(record: Record): string {
  return (record.value.toInt() * 2).toString();
}

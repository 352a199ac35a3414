import { Record, Time } from "@smdk/assemblyscript";

export function map(record: Record): string {
  return `${record.offset}:${Time.formatUtc(record.timestamp)}:${record.value}`;
}

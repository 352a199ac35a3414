import { Record, Time } from "@smdk/assemblyscript";

export function aggregate(text: string, record: Record): string {
  return `${text}${record.value}_[${Time.formatUtc(record.timestamp)}]`;
}

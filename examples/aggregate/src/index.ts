import { Record } from "@smdk/assemblyscript";

export function aggregate(text: string, record: Record): string {
  return text + record.value.text;
}

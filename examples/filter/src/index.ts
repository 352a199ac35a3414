import { Record } from "@smdk/assemblyscript";

export function filter(record: Record): bool {
  return record.value.includes("a");
}

import { Record } from "@smdk/assemblyscript";

const seen = new Set<string>();

export function filter(record: Record): bool {
  const value = record.value.text;
  if (seen.has(value)) return false;
  seen.add(value);
  return true;
}

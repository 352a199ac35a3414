import { Record } from "@smdk/assemblyscript";

export function filter(record: Record): bool {
  const key = record.key;
  if (key === null) throw new Error("cannot parse integer from empty string");
  return key.toInt() % 2 == 0;
}

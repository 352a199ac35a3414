import { Record } from "@smdk/assemblyscript";

const number = /\d{3}-\d{2}-\d{4}/;

export function filter(record: Record): bool {
  return !number.test(record.value);
}

import type { Record } from "@smdk/assemblyscript";

let seen = 0;

export function filter(record: Record): bool {
  seen++;
  console.error(`record ${record.offset} value ${record.value}`);
  console.log(`seen ${seen}`);
  return true;
}

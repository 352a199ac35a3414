import { Record } from "@smdk/assemblyscript";

export function aggregate(sum: i64, record: Record): i64 {
  return sum + record.value.toInt();
}

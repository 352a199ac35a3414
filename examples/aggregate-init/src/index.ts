import { Params, Record } from "@smdk/assemblyscript";

let start: i64 = 0;
let hasStart = false;

export function init(params: Params): void {
  hasStart = params.has("initial_value");
  start = params.int("initial_value");
}

export function aggregate(sum: i64, record: Record): i64 {
  if (hasStart) {
    hasStart = false;
    sum = start;
  }
  return sum + record.value.toInt();
}

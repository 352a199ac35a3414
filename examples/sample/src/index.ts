import { Params, Record } from "@smdk/assemblyscript";

let percent = 10.0;

export function init(params: Params): void {
  percent = params.float("percent", 10);
  if (percent < 0 || percent > 100) throw new Error("percent is from 0 to 100");
}

export function filter(record: Record): bool {
  const key = record.key;
  const hash = key !== null ? key.hash() : record.value.hash();
  return <f64>(hash >> 11) / 9007199254740992.0 < percent / 100;
}

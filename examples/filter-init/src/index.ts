import { Bytes, Params, Record } from "@smdk/assemblyscript";

let key = new Bytes();

export function init(params: Params): void {
  key = Bytes.of(params.required("key"));
}

export function filter(record: Record): bool {
  return record.value.includes(key);
}

import { Bytes, Params, Record } from "@smdk/assemblyscript";

let key = new Bytes();

export function init(params: Params): void {
  key = Bytes.of(params.optional("key", "a"));
}

export function filter(record: Record): bool {
  return record.value.utf8().includes(key.text);
}

import { Bytes, Record } from "@smdk/assemblyscript";

export function map(record: Record): Bytes {
  return record.value.toUpperCase();
}

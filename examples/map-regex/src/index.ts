import { Bytes, Record } from "@smdk/assemblyscript";

const number = /\d{3}-\d{2}-\d{4}/;

export function map(record: Record): Bytes {
  return number.replaceAll(record.value, "***-**-****");
}

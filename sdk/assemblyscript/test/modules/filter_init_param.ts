import { Bytes, type Params, type Record } from "@smdk/assemblyscript";

let needle: Bytes | null = null;
let invert = false;

export function init(params: Params): void {
  needle = Bytes.of(params.required("needle"));
  invert = params.optional("invert") == "true";
}

export function filter(record: Record): bool {
  if (needle === null) throw new Error("not initialised");
  return record.value.includes(needle!) != invert;
}

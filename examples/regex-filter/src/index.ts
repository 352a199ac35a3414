import { Params, Record } from "@smdk/assemblyscript";

let pattern = new RegExp("");

export function init(params: Params): void {
  pattern = new RegExp(params.required("regex"));
}

export function filter(record: Record): bool {
  return pattern.test(record.value.checkUtf8());
}

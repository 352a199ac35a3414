import { Params, Record } from "@smdk/assemblyscript";

let field = "";
let wanted = "";

export function init(params: Params): void {
  field = params.required("field");
  wanted = params.required("equals");
}

export function filter(record: Record): bool {
  const value = record.value.json().get(field);
  return value !== null && value.text == wanted;
}

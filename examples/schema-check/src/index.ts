import { Bytes, Json, JsonWriter, Params, Record } from "@smdk/assemblyscript";

const names = new Array<string>();
const types = new Array<string>();

export function init(params: Params): void {
  const fields = params.required("fields").split(",");
  for (let i = 0; i < fields.length; i++) {
    const at = fields[i].indexOf(":");
    if (at < 0) throw new Error(`fields: "${fields[i]}" is not name:type`);
    names.push(fields[i].substring(0, at));
    types.push(fields[i].substring(at + 1));
  }
}

function isOf(value: Json, type: string): bool {
  if (type == "string") return value.isString;
  if (type == "number") return value.isNumber;
  if (type == "bool") return value.isBool;
  if (type == "object") return value.isObject;
  return type == "array" ? value.isArray : true;
}

/** What is wrong with an event; empty when nothing is. */
function complaint(event: Json): string {
  for (let i = 0; i < names.length; i++) {
    const value = event.get(names[i]);
    if (value === null) return `${names[i]} is missing`;
    if (!isOf(value, types[i])) return `${names[i]} is no ${types[i]}`;
  }
  return "";
}

export function map(record: Record): Bytes {
  const reason = complaint(record.value.json());
  if (reason.length == 0) return record.value;
  return new JsonWriter()
    .beginObject()
    .member("dead_letter", true)
    .member("reason", reason)
    .member("value", record.value)
    .endObject().bytes;
}

import { Bytes, JsonWriter, Params, Record } from "@smdk/assemblyscript";

const table = new Map<string, string>();
let field = "";
let target = "";

export function init(params: Params): void {
  field = params.required("field");
  target = params.required("target");
  const json = Bytes.of(params.required("table")).json();
  const names = json.keys();
  for (let i = 0; i < names.length; i++) table.set(names[i], json.required(names[i]).raw.text);
}

export function map(record: Record): Bytes {
  const event = record.value.json();
  const key = event.get(field);
  if (key === null || !table.has(key.text)) return record.value;
  const writer = new JsonWriter().beginObject();
  const names = event.keys();
  for (let i = 0; i < names.length; i++) if (names[i] != target) writer.member(names[i], event.required(names[i]));
  return writer.name(target).raw(table.get(key.text)).endObject().bytes;
}

import { Bytes, Json, JsonWriter, Params, Record } from "@smdk/assemblyscript";

const names = new Array<string>();
const paths = new Array<string[]>();

export function init(params: Params): void {
  const fields = params.required("fields").split(",");
  for (let i = 0; i < fields.length; i++) {
    const parts = fields[i].split("=");
    if (parts.length > 2) throw new Error(`fields: "${fields[i]}" is not name=path`);
    names.push(parts[0]);
    paths.push(parts[parts.length - 1].split("."));
  }
}

function find(json: Json, path: string[]): Json | null {
  let at: Json | null = json;
  for (let i = 0; i < path.length && at !== null; i++) at = at.get(path[i]);
  return at;
}

export function map(record: Record): Bytes {
  const event = record.value.json();
  const writer = new JsonWriter().beginObject();
  for (let i = 0; i < names.length; i++) {
    const value = find(event, paths[i]);
    if (value !== null) writer.member(names[i], value);
  }
  return writer.endObject().bytes;
}

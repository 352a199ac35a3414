import { Bytes, JsonWriter, Params, Record } from "@smdk/assemblyscript";

let columns = new Array<string>();

export function init(params: Params): void {
  columns = params.required("columns").split(",");
}

/** The fields of a line; a field in quotes may hold commas, and two quotes for one. */
function split(line: string): string[] {
  const fields = new Array<string>();
  let field = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charAt(i);
    if (unit == '"') {
      if (quoted && line.charAt(i + 1) == '"') {
        field += unit;
        i++;
      } else quoted = !quoted;
    } else if (unit == "," && !quoted) {
      fields.push(field);
      field = "";
    } else field += unit;
  }
  if (quoted) throw new Error("a quote is not closed");
  fields.push(field);
  return fields;
}

export function map(record: Record): Bytes {
  const fields = split(record.value.text);
  if (fields.length != columns.length) throw new Error(`${fields.length} fields for ${columns.length} columns`);
  const writer = new JsonWriter().beginObject();
  for (let i = 0; i < fields.length; i++) {
    const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(fields[i]);
    writer.name(columns[i]);
    if (number) writer.raw(fields[i]);
    else writer.string(fields[i]);
  }
  return writer.endObject().bytes;
}

import { Bytes, Json, JsonWriter, Record } from "@smdk/assemblyscript";

function add(sums: Map<string, i64>, json: Json): void {
  const names = json.keys();
  const values = json.values();
  for (let i = 0; i < names.length; i++) {
    const before = sums.has(names[i]) ? sums.get(names[i]) : 0;
    sums.set(names[i], before + values[i].toInt());
  }
}

export function aggregate(state: Bytes, record: Record): Bytes {
  const sums = new Map<string, i64>();
  if (state.length > 0) add(sums, state.json());
  add(sums, record.value.json());
  const writer = new JsonWriter(2).beginObject();
  const names = sums.keys();
  for (let i = 0; i < names.length; i++) writer.member(names[i], sums.get(names[i]));
  return writer.endObject().bytes;
}

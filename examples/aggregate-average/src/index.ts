import { Bytes, JsonWriter, Record } from "@smdk/assemblyscript";

export function aggregate(state: Bytes, record: Record): Bytes {
  let average = 0.0;
  let count: i64 = 0;
  if (state.length > 0) {
    const json = state.json();
    average = json.required("average").toFloat();
    count = json.required("count").toInt();
  }
  count++;
  average += (record.value.toFloat() - average) / <f64>count;
  return new JsonWriter(2).beginObject().member("average", average).member("count", count).endObject().bytes;
}

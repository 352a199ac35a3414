import { Bytes, Json, JsonWriter, Record } from "@smdk/assemblyscript";

/** An accumulator that is not one of ours counts as none. */
export function aggregate(state: Bytes, record: Record): Bytes {
  let average = 0.0;
  let count: i64 = 0;
  const json = Json.tryParse(state);
  if (json !== null && json.has("average") && json.has("count")) {
    average = json.required("average").toFloat();
    count = json.required("count").toInt();
  }
  count++;
  average += (record.value.toFloat() - average) / <f64>count;
  return new JsonWriter(2).beginObject().member("average", average).member("count", count).endObject().bytes;
}

import { type Bytes, Json, type Record } from "@smdk/assemblyscript";

export function filterMap(record: Record): Bytes | null {
  const event = Json.parse(record.value);
  const level = event.required("level").toInt();
  const name = event.required("name").bytes();
  return level < 5 ? null : name;
}

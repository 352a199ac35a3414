import { Output, Record } from "@smdk/assemblyscript";

export function arrayMap(record: Record, out: Output): void {
  const json = record.value.json();
  if (!json.isArray) throw new Error("expected a JSON array");
  const values = json.values();
  for (let i = 0; i < values.length; i++) out.push(values[i].raw);
}

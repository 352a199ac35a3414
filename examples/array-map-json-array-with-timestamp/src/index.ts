import { Output, Record, Time } from "@smdk/assemblyscript";

export function arrayMap(record: Record, out: Output): void {
  const values = record.value.json().values();
  const time = Time.formatUtc(record.timestamp);
  for (let i = 0; i < values.length; i++) out.push(`${values[i].raw}_${time}`);
}

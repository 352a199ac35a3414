import { Output, Record } from "@smdk/assemblyscript";

export function arrayMap(record: Record, out: Output): void {
  const json = record.value.json();
  const names = json.keys().sort();
  for (let i = 0; i < names.length; i++) out.pushWithKey(names[i], json.required(names[i]).raw);
}

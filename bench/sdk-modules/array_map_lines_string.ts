import { Record } from "@smdk/assemblyscript";

export function arrayMap(record: Record): string[] {
  const lines = record.value.utf8().split("\n");
  const out = new Array<string>();
  for (let i = 0; i < lines.length; i++) if (lines[i].length > 0) out.push(lines[i]);
  return out;
}

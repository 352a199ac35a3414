import { Record } from "@smdk/assemblyscript";

// The last 10,000 to 20,000 different values: when one set is full the other is forgotten.
let recent = new Set<string>();
let before = new Set<string>();

export function filter(record: Record): bool {
  const value = record.value.text;
  if (recent.has(value) || before.has(value)) return false;
  recent.add(value);
  if (recent.size >= 10000) {
    before = recent;
    recent = new Set<string>();
  }
  return true;
}

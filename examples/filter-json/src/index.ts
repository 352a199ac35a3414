import { Record } from "@smdk/assemblyscript";

export function filter(record: Record): bool {
  const event = record.value.json();
  event.required("message");
  const level = event.required("level").bytes();
  if (level.equals("debug")) return false;
  if (level.equals("info") || level.equals("warn") || level.equals("error")) return true;
  throw new Error(`unknown level ${level}`);
}

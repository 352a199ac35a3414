import { Record } from "@smdk/assemblyscript";

@json
class Event {
  level: i64 = 0;
  name: string = "";
}

export function filterMap(record: Record): string | null {
  const event = record.value.json().to<Event>();
  return event.level < 5 ? null : event.name;
}

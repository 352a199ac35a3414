import type { Record } from "@smdk/javascript";
import { format, isValid, parseISO, startOfISOWeek } from "date-fns";

export function map(record: Record): string {
  const time = parseISO(record.value.text);
  if (!isValid(time)) throw new Error(`no time: ${record.value.text}`);
  return format(startOfISOWeek(time), "yyyy-MM-dd EEEE 'of week' I");
}

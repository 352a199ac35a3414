import type { Record } from "@smdk/javascript";
import Papa from "papaparse";

export function arrayMap(record: Record): { [column: string]: unknown }[] {
  const { data, errors } = Papa.parse<{ [column: string]: unknown }>(record.value.text, {
    header: true,
    dynamicTyping: true,
    skipEmptyLines: true,
  });
  const [fault] = errors.filter(({ type }) => type !== "Delimiter");
  if (fault) throw new Error(`row ${fault.row}: ${fault.message}`);
  return data;
}

import type { Record } from "@smdk/javascript";
// ajv makes code of a schema with new Function, which a SmartModule lacks: scripts/compile-schema.js has done it.
import { validate } from "./generated/validate.js";

export function filter(record: Record): boolean {
  const order = parse(record);
  if (order !== undefined && validate(order)) return true;
  const faults = validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`.trim());
  console.warn("offset %d: %s", record.offset, order === undefined ? "no JSON" : faults?.join("; "));
  return false;
}

function parse(record: Record): unknown {
  try {
    return record.value.json();
  } catch {
    return undefined;
  }
}

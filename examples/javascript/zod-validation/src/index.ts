import type { Record } from "@smdk/javascript";
import * as z from "zod/mini";

const Order = z.object({
  id: z.int().check(z.positive()),
  email: z.email(),
  items: z.array(z.object({ sku: z.string().check(z.minLength(3)), count: z._default(z.int(), 1) })),
});

/** Returns the order, or a dead letter with the key "invalid". */
export function map(record: Record) {
  const result = Order.safeParse(parse(record));
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return { key: "invalid", value: { faults, original: record.value.text } };
}

function parse(record: Record): unknown {
  try {
    return record.value.json();
  } catch {
    return undefined;
  }
}

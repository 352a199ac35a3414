import type { Record } from "@smdk/javascript";
import jsonata from "jsonata";

const expression = jsonata(`{
  "customer": $uppercase(customer.name),
  "total": $round($sum(items.(price * count)), 2),
  "skus": [items.sku]
}`);

/** JSONata answers with a promise, which is fine: nothing in it waits for the outside. */
export async function map(record: Record): Promise<object> {
  return await expression.evaluate(record.value.json());
}

import { defineSmartModule, param } from "@smdk/javascript";
import Handlebars from "handlebars/runtime";
import receipt from "./generated/receipt.js";

interface Order {
  readonly id: number;
  readonly customer: { readonly name: string };
  readonly items: readonly { readonly name: string; readonly price: number; readonly count: number }[];
}

Handlebars.registerHelper("money", (cents: number) => (cents / 100).toFixed(2));
Handlebars.registerHelper("times", (one: number, other: number) => one * other);

// A SmartModule has no eval, which Handlebars.compile needs: scripts/precompile.js has made code of the template.
const render = Handlebars.template<Order & { shop: string; total: number }>(receipt);

export default defineSmartModule({
  params: {
    shop: param.string().default("The corner shop").describe("the name above every receipt"),
  },
  map(record, { shop }) {
    const order = record.value.json<Order>();
    const total = order.items.reduce((sum, { price, count }) => sum + price * count, 0);
    return render({ ...order, shop, total });
  },
});

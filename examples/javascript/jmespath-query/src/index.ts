import { defineSmartModule, param } from "@smdk/javascript";
import jmespath from "jmespath";

export default defineSmartModule({
  params: {
    query: param
      .string()
      .describe("a JMESPath expression")
      .check((text) => text.trim() !== "", "must not be empty"),
  },
  /** Records for which the query finds nothing are dropped. */
  filterMap: (record, { query }) => jmespath.search(record.value.json(), query),
});

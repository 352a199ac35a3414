import { expect, test } from "vitest";
import { loadCompiler } from "../src/asc.ts";

test("the process that loads the compiler keeps its own sort", async () => {
  await loadCompiler();
  expect([3, 1, 10, 2].sort()).toEqual([1, 10, 2, 3]);
});

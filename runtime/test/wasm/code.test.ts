import { describe, expect, it } from "vitest";
import { buildChain, loadSmartModule } from "../../src/index.ts";
import { assemble, guest } from "../support.ts";

const load = async (body: string) => loadSmartModule(await assemble(guest({ extra: "(func $other)", body })));

/** What V8 would take gigabytes or minutes to compile. */
describe("functions that are made to keep the compiler busy", () => {
  it.each([
    ["calls", "call $other ".repeat(100_001), "100001 calls"],
    [
      "locals and branches",
      `(local ${"i32 ".repeat(20_000)}) ${"(loop) ".repeat(500)}`,
      "20003 locals and 500",
    ],
    ["bytes", `${"nop ".repeat(2_000_000)}`, "2000004 bytes"],
  ])("are refused for their %s", async (_, code, reason) => {
    await expect(load(`${code} i32.const 0`)).rejects.toMatchObject({
      code: "SMDK_ENGINE_PARSE",
      message: expect.stringMatching(/^failed to compile: wasm\[0\]::function\[/),
      rootCause: expect.stringContaining(`${reason}`),
    });
  });

  it("are taken when they are merely large", async () => {
    const module = await load(`${"call $other ".repeat(50_000)} i32.const 0`);
    expect(module.kind).toBe("filter");
  });

  it("may become larger by what counts their fuel", async () => {
    const module = await load(`${"(loop) ".repeat(100_001)} i32.const 0`);
    expect((await buildChain([{ module }], { fuel: true })).length).toBe(1);
  });
});

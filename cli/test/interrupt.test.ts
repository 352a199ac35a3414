/** Ctrl-C and SIGTERM: exit code 130, and nothing left behind. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { assembleText } from "@smdk/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
// The built one, which finds its thread beside it.
import { TrialThread } from "../dist/services/trial.js";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
/** A cluster that takes connections and never answers. */
let silent: Server;
let address: string;

beforeAll(async () => {
  silent = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
});
afterAll(async () => {
  silent.close();
  await home.run(["cluster", "delete", "--force"]);
  home[Symbol.dispose]();
});

const endless = `(module (import "env" "copy_records" (func (param i32 i32))) (memory (export "memory") 2)
  (func (export "alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "dealloc") (param i32 i32))
  (func (export "filter") (param i32 i32 i32) (result i32) (loop $next (br $next)) (i32.const 0)))`;

/** The processes of clusters that this home has started. */
function clusters(): string[] {
  const processes = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  return processes.filter((line) => line.includes("cluster-daemon") && line.includes(home.dir));
}

test.each(["SIGINT", "SIGTERM"] as const)("%s ends a command that waits for a cluster", async (signal) => {
  for (const args of [
    ["topic", "list"],
    ["consume", "t"],
    ["produce", "t"],
  ]) {
    const { code, stderr } = await home.run([...args, "--cluster", address], {
      onStart: (end) => silent.once("connection", () => end(signal)),
    });
    expect({ args, code, stderr }).toEqual({ args, code: 130, stderr: "" });
  }
});

test.skipIf(process.platform === "win32").each([100, 400, 700, 1000])(
  "a cluster start that is interrupted after %d ms leaves no process, or a cluster that is known",
  async (ms) => {
    const { code, stdout } = await home.run(["cluster", "start", "--port", "0"], {
      onStart: (end) => setTimeout(() => end("SIGINT"), ms),
    });
    if (code === 0) {
      expect(stdout).toContain("Local cluster started");
      await home.ok(["cluster", "stop"]);
    } else expect(existsSync(home.path("smdk/cluster/state.json"))).toBe(false);
    expect(clusters()).toEqual([]);
  },
);

test("a module that runs for ever can be interrupted", async () => {
  writeFileSync(home.path("endless.wasm"), await assembleText(Buffer.from(endless)));
  const { code, signal } = await home.run(["test", "--text", "x", "--wasm-file", home.path("endless.wasm")], {
    onStart: (end) => setTimeout(() => end("SIGINT"), 3000),
  });
  expect(code ?? signal).toBe("SIGINT");
});

test("a module that runs for ever is stopped where the loop goes on, and the next one is tried", async () => {
  using thread = new TrialThread(1000);
  const trial = { projectDir: home.dir, wasmPath: "", params: new Map(), text: "a", file: undefined };
  const bytes = await assembleText(Buffer.from(endless));
  await expect(thread.run({ ...trial, bytes })).rejects.toThrow("did not finish within 1 s");
  const next = await thread.run({ ...trial, bytes: readFileSync(rustModule("map_upper")) });
  expect(next).toMatchObject({ result: { records: [{ key: null, value: "A" }] } });
});

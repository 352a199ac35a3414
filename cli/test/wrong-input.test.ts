/** Wrong input: one clear message with a way out, the right exit code, never a stack trace. */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
/** Nothing listens there. */
const nowhere = "127.0.0.1:1";

beforeAll(() => {
  writeFileSync(home.path("text.wasm"), "this is no module");
  writeFileSync(home.path("no-kind.wasm"), Buffer.from("0061736d01000000", "hex"));
  writeFileSync(home.path("bad.yaml"), "transforms: [");
  writeFileSync(home.path("number.yaml"), "transforms:\n  - uses: x\n    with:\n      n: 10\n");
  writeFileSync(home.path("missing.yaml"), "transforms:\n  - uses: no/such@1.0.0\n");
  writeFileSync(home.path("topic.yaml"), "meta:\n  name: t\npartition:\n  count: many\n");
  const toml = (name: string, text: string): void => {
    mkdirSync(home.path(name, "src"), { recursive: true });
    writeFileSync(home.path(name, "SmartModule.toml"), text);
  };
  toml("bad-toml", "[package\nname =");
  toml("no-params", '[package]\nname = "a"\ngroup = "b"\nversion = "0.1.0"\napiVersion = "0.1.0"\n');
  toml(
    "no-entry",
    'params = []\n[package]\nname = "a"\ngroup = "b"\nversion = "0.1.0"\napiVersion = "0.1.0"\n',
  );
  toml(
    "no-kind",
    'params = []\n[package]\nname = "a"\ngroup = "b"\nversion = "0.1.0"\napiVersion = "0.1.0"\n',
  );
  writeFileSync(home.path("no-kind/src/index.ts"), "export function sieve(): void {}\n");
  writeFileSync(home.path("one.txt"), "1\n");
});
afterAll(() => home[Symbol.dispose]());

const filter = rustModule("filter_bytes_a");

describe.each<[string, string[], number, RegExp, { cwd?: string }?]>([
  ["no such command", ["bild"], 2, /not an smdk command/],
  ["no such flag", ["topic", "list", "--colour"], 2, /smdk topic list has no flag --colour/],
  ["missing argument", ["consume"], 2, /topic/],
  ["test: no input", ["test", "--wasm-file", filter], 2, /No valid input provided/],
  ["test: no project", ["test", "--text", "x"], 3, /Could not find a SmartModule.toml/],
  ["test: missing file", ["test", "--file", "nope.txt", "--wasm-file", filter], 1, /nope.txt: No such file/],
  [
    "test: missing module",
    ["test", "--text", "x", "--wasm-file", "nope.wasm"],
    1,
    /reading wasm file nope.wasm/,
  ],
  ["test: not a wasm", ["test", "--text", "x", "--wasm-file", "text.wasm"], 1, /not a WebAssembly module/],
  ["test: no transform", ["test", "--text", "x", "--wasm-file", "no-kind.wasm"], 1, /./],
  [
    "test: bad params",
    ["test", "--text", "x", "--wasm-file", filter, "-e", "novalue"],
    2,
    /no `=` found in `novalue`/,
  ],
  [
    "test: two inputs",
    ["test", "--text", "x", "--stdin", "--wasm-file", filter],
    2,
    /cannot also be provided/,
  ],
  [
    "test: missing transforms",
    ["test", "--text", "x", "-t", "nope.yaml"],
    3,
    /unable to read transformation config/,
  ],
  [
    "test: bad transforms",
    ["test", "--text", "x", "-t", "bad.yaml"],
    3,
    /unable to parse transformation config/,
  ],
  ["test: unquoted number", ["test", "--text", "x", "-t", "number.yaml"], 3, /invalid type: number `10`/],
  ["test: bad step", ["test", "--text", "x", "--transforms-line", "{"], 3, /unable to parse `transform`/],
  [
    "test: unknown module",
    ["test", "--text", "x", "-t", "missing.yaml", "-c", nowhere],
    1,
    /no\/such@1.0.0 not found/,
  ],
  ["generate: into a file", ["generate", "aa", "--destination", "one.txt"], 3, /one.txt is not a directory/],
  ["build: no project", ["build"], 3, /Could not find a SmartModule.toml/],
  ["build: bad TOML", ["build"], 3, /SmartModule.toml/, { cwd: "bad-toml" }],
  ["build: params missing", ["build"], 3, /`params` is missing/, { cwd: "no-params" }],
  ["build: no source", ["build"], 4, /entry file src\/index.ts/, { cwd: "no-entry" }],
  ["build: no handler", ["build"], 4, /./, { cwd: "no-kind" }],
  ["load: no project", ["load", "-c", nowhere], 3, /Could not find a SmartModule.toml/],
  ["load: bad TOML", ["load", "-c", nowhere], 3, /SmartModule.toml/, { cwd: "bad-toml" }],
  [
    "load: not a wasm",
    ["load", "-c", nowhere, "--wasm-file", "../text.wasm"],
    1,
    /not a WebAssembly/,
    { cwd: "no-entry" },
  ],
  ["load: cluster down", ["load", "-c", nowhere, "--wasm-file", filter], 5, /connect/, { cwd: "no-entry" }],
  ["topic: no name", ["topic", "create"], 2, /Topic name is required/],
  [
    "topic: name rule",
    ["topic", "create", "Bad_Name"],
    2,
    /Invalid Topic name Bad_Name. Contain only lowercase/,
  ],
  ["topic: name and file", ["topic", "create", "t", "-c", "topic.yaml"], 2, /--config/],
  ["topic: bad file", ["topic", "create", "-c", "topic.yaml"], 3, /partition.count/],
  ["topic: bad size", ["topic", "create", "t", "--segment-size", "ten"], 2, /invalid segment size "ten"/],
  ["topic: bad time", ["topic", "create", "t", "--retention-time", "7"], 2, /invalid retention time "7"/],
  [
    "topic: bad compression",
    ["topic", "create", "t", "--compression-type", "zip"],
    2,
    /Invalid compression type/,
  ],
  ["topic: cluster down", ["--cluster", nowhere, "topic", "create", "t"], 5, /connect/],
  ["consume: cluster down", ["consume", "t", "--cluster", nowhere], 5, /connect/],
  ["consume: no profile", ["consume", "t"], 3, /profile/],
  ["consume: unknown profile", ["consume", "t", "-P", "nope"], 3, /nope/],
  [
    "consume: profile and cluster",
    ["consume", "t", "-P", "p", "--cluster", nowhere],
    2,
    /not valid when profile is used/,
  ],
  ["consume: bad address", ["consume", "t", "--cluster", "host:port:1"], 2, /host:port:1/],
  [
    "consume: crossing offsets",
    ["consume", "t", "--start", "2", "--end", "1"],
    2,
    /End offset: 1 cannot be less than/,
  ],
  ["consume: bad isolation", ["consume", "t", "--isolation", "dirty"], 2, /unrecognized isolation: dirty/],
  ["consume: bad template", ["consume", "t", "-F", "{{#each"], 2, /Template error/],
  ["consume: bad number", ["consume", "t", "-H", "x"], 2, /--head must be a whole number/],
  ["consume: params alone", ["consume", "t", "-e", "a=b"], 2, /--params needs --smartmodule/],
  [
    "consume: missing module",
    ["consume", "t", "--smartmodule-path", "nope.wasm"],
    1,
    /reading wasm file nope.wasm/,
  ],
  ["consume: not a wasm", ["consume", "t", "--smartmodule-path", "text.wasm"], 1, /not a WebAssembly module/],
  ["produce: cluster down", ["produce", "t", "--cluster", nowhere], 5, /connect/],
  [
    "produce: bad compression",
    ["produce", "t", "--compression", "zip"],
    2,
    /unknown compression format: zip/,
  ],
  [
    "produce: bad delivery",
    ["produce", "t", "--delivery-semantic", "maybe"],
    2,
    /unrecognized delivery semantic: maybe/,
  ],
  ["produce: bad linger", ["produce", "t", "--linger", "5"], 2, /invalid --linger "5"/],
  [
    "smartmodule: bad name",
    ["sm", "create", "Bad", "--wasm-file", filter],
    2,
    /Invalid name for SmartModule Bad/,
  ],
  ["profile: none", ["profile"], 3, /no profile can be found/],
  ["profile: unknown", ["profile", "switch", "nope"], 3, /profile nope not found/],
  ["cluster: delete without a terminal", ["cluster", "delete"], 2, /needs confirmation/],
])("%s", (_what, args, exit, message, options) => {
  test(`smdk ${args.join(" ").slice(0, 60)}`, async () => {
    const cwd = home.path(options?.cwd ?? ".");
    const { code, stderr } = await home.run(args, { cwd });
    expect({ code, stderr }).toEqual({ code: exit, stderr: expect.stringMatching(message) });
    expect(stderr).toContain("Error: ");
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stderr).not.toContain("unexpected fault");
    expect(stderr).not.toContain("\u001b[");
  });
});

test("--json prints the failure as JSON on stdout", async () => {
  const { code, stdout, stderr } = await home.run(["topic", "list", "--cluster", nowhere, "--json"]);
  expect({ code, stderr }).toEqual({ code: 5, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ error: { exitCode: 5, code: "SMDK_UNREACHABLE" } });
});

/**
 * What a user does with the published packages, outside this repository: install, and then, without the network,
 * generate, build, lint, test, load into a local cluster, and read through the module with real clients.
 */
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languages, smartModuleKinds, templateCases } from "@smdk/templates";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { npmPeer } from "../interop/peers.ts";
import { type Offline, withoutNetwork } from "./offline.ts";
import { packWorkspace, run, succeed } from "./packed.ts";

const home = mkdtempSync(join(tmpdir(), "smdk-e2e-"));
const packs = join(home, "packs");
const work = join(home, "work");
const executable = join(work, "node_modules", ".bin", "smdk");
/** npm keeps its own home: that is where it knows its registry from. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  NO_COLOR: "1",
  SMDK_HOME: join(home, "smdk"),
  FLV_PROFILE_PATH: join(home, "fluvio", "config"),
};
const minutes = 60_000;
let offline: Offline;

/** Runs a program that must succeed, without the network. */
const alone = (command: string, args: string[], cwd = work, input = ""): Promise<string> =>
  succeed(...offline.wrap(command, args), { cwd, env: { ...env, ...offline.env }, input });
const smdk = (args: string[], cwd = work, input = ""): Promise<string> => alone(executable, args, cwd, input);
const npm = (args: string[], cwd: string): Promise<string> => succeed("npm", args, { cwd, env });

beforeAll(async () => {
  await packWorkspace(packs);
  mkdirSync(work);
  const tarballs = readdirSync(packs).map((file) => join(packs, file));
  await npm(["install", "--no-audit", "--no-fund", "--save-dev", ...tarballs, "vitest@^4.1.0"], work);
  offline = await withoutNetwork();
  if (offline.reason !== null) {
    console.warn(
      `SKIPPED: a network of its own (${offline.reason}); registry and proxies are closed instead`,
    );
  }
}, 10 * minutes);

afterAll(async () => {
  if (existsSync(executable)) {
    await run(...offline.wrap(executable, ["cluster", "delete", "--force"]), { cwd: work, env });
  }
  offline?.close();
  rmSync(home, { recursive: true, force: true });
}, minutes);

test(
  "a project installs its own packages, as its README says",
  async () => {
    await smdk(["generate", "installed", "--sdk-path", packs, "--no-git"]);
    const project = join(work, "installed");
    await npm(["install", "--no-audit", "--no-fund", "--prefer-offline"], project);
    expect(existsSync(join(project, "node_modules", ".bin", "smdk"))).toBe(true);
    expect(await alone("npm", ["run", "build"], project)).toContain("Built installed (filter)");
    expect(await alone("npm", ["test"], project)).toMatch(/Tests +1 passed/);
  },
  5 * minutes,
);

test("what runs from here on reaches this machine's other networks no more", async (context) => {
  if (offline.reason !== null) return context.skip(offline.reason);
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const program = `require("net").connect(${port}, "127.0.0.1").on("connect", () => console.log("reached"))
    .on("error", (error) => console.log(error.code))`;
  try {
    expect(await succeed(process.execPath, ["-e", program], { cwd: work })).toBe("reached\n");
    expect(await alone(process.execPath, ["-e", program])).toBe("ECONNREFUSED\n");
  } finally {
    server.close();
  }
});

// These projects lie below the directory that the packages were installed in, and find them there. JavaScript is
// without parameters, for clients that cannot give any.
const projects = languages.flatMap((language) =>
  smartModuleKinds.map((kind) => {
    const withParams = language !== "javascript";
    const name = `my-${language}-${kind}`;
    const variant = { kind, withParams, lookBack: withParams };
    return { name, language, variant, project: join(work, name), topic: `topic-${name}` };
  }),
);

test.each(projects)(
  "generate, build, lint, test: $name",
  async ({ name, language, variant, project }) => {
    const flags = variant.withParams ? ["--with-params", "--look-back"] : [];
    await smdk(["generate", name, "--lang", language, "--kind", variant.kind, ...flags, "--no-git"]);
    const built = JSON.parse(await smdk(["build", "--json"], project));
    expect(built).toMatchObject({ name, kind: variant.kind.replace("-", "_"), warnings: [] });
    expect(readFileSync(built.wasmPath).subarray(0, 4).toString("latin1")).toBe("\0asm");
    expect(await smdk(["lint"], project)).toContain("Lint passed");
    const examples = readmeExamples(join(project, "README.md"));
    expect(examples).toHaveLength(variant.lookBack ? 2 : 1);
    for (const { input, options, output } of examples) {
      expect(await smdk(["test", "--stdin", ...options], project, input)).toBe(output);
    }
  },
  2 * minutes,
);

test(
  "the tests of all these projects pass",
  async () => {
    const vitest = join(work, "node_modules", ".bin", "vitest");
    const folders = projects.map(({ name }) => `${name}/`);
    const report = await alone(vitest, ["run", "--no-isolate", ...folders]);
    expect(report).toMatch(new RegExp(`Test Files +${folders.length} passed`));
  },
  5 * minutes,
);

/** The commands in the README that try the module, and what it says comes out. */
function readmeExamples(path: string): { input: string; options: string[]; output: string }[] {
  const pattern =
    /printf '(.*)' \| npx smdk test --stdin(.*)\n```\n\n(?:The last line )?prints:?\n\n```\n([\s\S]*?)```/g;
  return [...readFileSync(path, "utf8").matchAll(pattern)].map(([, input, options, output]) => ({
    input: input!.replaceAll("\\n", "\n"),
    options: options!.split(" ").filter(Boolean),
    output: output!,
  }));
}

describe("in a local cluster", () => {
  let sc = "";
  beforeAll(async () => {
    sc = JSON.parse(await smdk(["cluster", "start", "--port", "0", "--json"])).sc;
  }, minutes);

  test(
    "a module goes in, and records go through it",
    async () => {
      const project = join(work, "installed");
      expect(await smdk(["load"], project)).toContain("Creating SmartModule: installed");
      expect(await smdk(["smartmodule", "list"], project)).toContain("local/installed@0.1.0");
      await smdk(["topic", "create", "words"], project);
      await smdk(["produce", "words"], project, "apple\nplum\nbanana\n");
      const consume = ["consume", "words", "-B", "-d", "--smartmodule"];
      expect(await smdk([...consume, "installed"], project)).toBe("apple\nbanana\n");
      expect(await smdk([...consume, "local/installed@0.1.0"], project)).toBe("apple\nbanana\n");
      expect(await smdk(["smartmodule", "delete", "local/installed@0.1.0"], project)).toContain("deleted");
    },
    2 * minutes,
  );

  /** Each project's first case: what its README shows. */
  const cases = projects.map(({ name, variant, topic }) => {
    const [shown] = templateCases(variant);
    return {
      name,
      variant,
      topic,
      params: {},
      ...shown!,
      output: shown!.output.map((line) => `${line}\n`).join(""),
    };
  });

  test(
    "every project's module is loaded and does in a stream what its README says, for the packed client",
    async () => {
      for (const { project } of projects) await smdk(["load"], project);
      writeFileSync(join(work, "stream.mjs"), STREAM);
      const answers = JSON.parse(
        await alone(process.execPath, ["stream.mjs", sc], work, JSON.stringify(cases)),
      );
      expect(answers).toEqual(Object.fromEntries(cases.map(({ name, output }) => [name, output])));
    },
    3 * minutes,
  );

  test(
    "for smdk consume",
    async () => {
      for (const { name, topic, params, output } of cases.filter(
        (each) => each.variant.kind === "aggregate",
      )) {
        const given = Object.entries(params).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
        const args = ["consume", topic, "-B", "-d", "--smartmodule", `local/${name}@0.1.0`, ...given];
        expect(await smdk(args), name).toBe(output);
      }
    },
    minutes,
  );

  test(
    "for the npm client",
    async (context) => {
      const found = await npmPeer(offline.wrap);
      if ("reason" in found) return context.skip(found.reason);
      // It knows no aggregates and no parameters.
      const able = cases.filter(
        ({ variant, params }) => variant.kind !== "aggregate" && Object.keys(params).length === 0,
      );
      expect(able).toHaveLength(10);
      for (const { name, variant, topic, output } of able) {
        const lines = output.split("\n").slice(0, -1);
        const wasm = join(work, name, "build", `${name.replaceAll("-", "_")}.wasm`);
        const args = ["stream-file", topic, String(lines.length), variant.kind.replace("-", "_"), wasm];
        const { exit, rows, stderr } = await found.peer.run(sc, ...args);
        expect(exit, stderr).toBe(0);
        expect(
          rows.map((row) => (row as { value: string }).value),
          name,
        ).toEqual(lines);
      }
    },
    2 * minutes,
  );

  const binary = process.env.FLUVIO_BIN;
  if (!binary) console.warn("SKIPPED: the generated modules with the fluvio CLI: FLUVIO_BIN is not set");
  test.skipIf(!binary)(
    "for the fluvio CLI",
    async () => {
      const fluvio = (args: string[]): Promise<string> => {
        const own = { ...env, HOME: home, FLV_PROFILE_PATH: join(home, "fluvio-cli") };
        return succeed(...offline.wrap(binary!, args), { cwd: work, env: own });
      };
      await fluvio(["profile", "add", "local", sc, "docker"]);
      for (const { name, topic, params, output } of cases) {
        const given = Object.entries(params).flatMap(([key, value]) => ["-e", `${key}=${value}`]);
        const args = ["consume", topic, "-B", "-d", "--smartmodule", `local/${name}@0.1.0`, ...given];
        expect(await fluvio(args), name).toBe(output);
      }
    },
    2 * minutes,
  );
});

/** Writes each case's records to a topic and reads them through its module; prints what comes out by project. */
const STREAM = `
import { Fluvio } from "@smdk/client";
import { readFileSync } from "node:fs";

const fluvio = await Fluvio.connect({ cluster: process.argv[2] });
const answers = {};
for (const { name, topic, params, input } of JSON.parse(readFileSync(0, "utf8"))) {
  await fluvio.admin.topics.create(topic);
  const producer = await fluvio.producer(topic);
  for (const value of input) producer.send({ value });
  await producer.flush();
  const smartModules = [{ name: "local/" + name + "@0.1.0", params }];
  answers[name] = "";
  for await (const record of fluvio.consumer({ topic, start: "beginning", disableContinuous: true, smartModules })) {
    answers[name] += record.text + "\\n";
  }
}
await fluvio.close();
console.log(JSON.stringify(answers));
`;

/** The commands against a cluster of their own: started, used, stopped and deleted as a user would. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home, rustModule } from "./smdk.ts";

const home = new Home();
let sc = "";

beforeAll(async () => {
  writeFileSync(home.path("three.txt"), "alpha\nbeta\ngamma\n");
  await home.ok(["profile", "add", "elsewhere", "fluvio.example:9003"]);
  sc = JSON.parse(await home.ok(["cluster", "start", "--port", "0", "--spu", "2", "--json"])).sc;
});
afterAll(async () => {
  await home.run(["cluster", "delete", "--force"]);
  home[Symbol.dispose]();
});

async function topic(name: string, lines: string[], ...options: string[]): Promise<void> {
  await home.ok(["topic", "create", name, ...options]);
  await home.ok(["produce", name], { input: lines.map((line) => `${line}\n`).join("") });
}

describe("smdk cluster", () => {
  test("start sets the profile local and keeps the others", async () => {
    expect(await home.ok(["profile"])).toBe("local\n");
    const profiles = JSON.parse(await home.ok(["profile", "list", "--json"]));
    expect(profiles.map((profile: { name: string }) => profile.name)).toEqual(["elsewhere", "local"]);
    expect(await home.ok(["profile", "export"])).toContain(`endpoint = "${sc}"`);
  });

  test("status counts what is there", async () => {
    const status = JSON.parse(await home.ok(["cluster", "status", "--json"]));
    expect(status).toMatchObject({ sc, spus: 2, spusOnline: 2 });
    expect(await home.ok(["cluster", "status"])).toContain("2/2 SPUs are online");
  });

  test("a second start is refused", async () => {
    const { code, stderr } = await home.run(["cluster", "start", "--port", "0"]);
    expect(code).toBe(1);
    expect(stderr).toContain("running already");
  });

  test("lists its SPUs, also under upstream's name", async () => {
    expect(await home.ok(["spu", "list"])).toMatch(/ID .*\n {2}5001 .*Online.*\n {2}5002 /);
    const spus = JSON.parse(await home.ok(["cluster", "spu", "list", "-O", "json"]));
    expect(spus.map((spu: { spec: { id: number } }) => spu.spec.id)).toEqual([5001, 5002]);
  });

  test("custom SPUs are registered and unregistered", async () => {
    await home.ok(["spu", "register", "-i", "6001", "-p", "host:9010", "-v", "host:9011", "--rack", "r1"]);
    expect(await home.ok(["spu", "list"])).toContain("custom-spu-6001");
    await home.ok(["spu", "unregister", "-i", "6001"]);
    expect(await home.ok(["spu", "list"])).not.toContain("custom-spu-6001");
  });
});

describe("smdk topic", () => {
  test("create, list, describe, delete", async () => {
    const options = [
      "-p",
      "3",
      "--retention-time",
      "1h",
      "--segment-size",
      "10MB",
      "--compression-type",
      "gzip",
    ];
    expect(await home.ok(["topic", "create", "opts", ...options, "--max-partition-size", "1GB"])).toBe(
      'topic "opts" created\n',
    );
    const [described] = JSON.parse(await home.ok(["topic", "describe", "opts", "-O", "json"]));
    expect(described.spec).toEqual({
      replicas: { computed: { partitions: 3, replicationFactor: 1, ignoreRackAssignment: false } },
      cleanupPolicy: { segment: { timeInSeconds: 3600 } },
      storage: { segmentSize: 10_000_000, maxPartitionSize: 1_000_000_000 },
      compressionType: "Gzip",
      system: false,
    });
    expect(await home.ok(["topic", "list"])).toMatch(
      / {2}opts +computed +3 +1 +1h +gzip +none +resolution::provisioned/,
    );
    const again = await home.run(["topic", "create", "opts"]);
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("Topic already exists") });
    expect(await home.ok(["topic", "delete", "opts"])).toBe('topic "opts" deleted\n');
    const gone = await home.run(["topic", "delete", "opts"]);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("Topic not found") });
  });

  test("comes from a file", async () => {
    writeFileSync(
      home.path("topic.yaml"),
      "version: 0.1.0\nmeta:\n  name: from-file\npartition:\n  count: 2\nretention:\n  time: 2h\n",
    );
    await home.ok(["topic", "create", "-c", "topic.yaml"]);
    expect(await home.ok(["topic", "list"])).toMatch(/from-file +computed +2 +1 +2h/);
  });

  test("--dry-run creates nothing", async () => {
    expect(await home.ok(["topic", "create", "dry", "-d"])).toBe('topic "dry" created\n');
    expect((await home.run(["topic", "describe", "dry"])).code).toBe(1);
  });

  test("gets more partitions", async () => {
    await home.ok(["topic", "create", "growing"]);
    expect(await home.ok(["topic", "add-partition", "growing", "-c", "2"])).toMatch(
      /PARTITION {2}SPU.*\n +1 +500\d *\n +2 +500\d/,
    );
    expect(await home.ok(["partition", "list"])).toMatch(/growing +2 /);
  });

  test("mirrors a remote cluster that is registered", async () => {
    writeFileSync(home.path("remotes.json"), '["edge-1"]');
    const create = ["topic", "create", "mirrored", "-m", home.path("remotes.json")];
    const early = await home.run(create);
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining('not registered: ["edge-1"]')]);
    await home.ok(["remote", "register", "edge-1"]);
    expect(await home.ok(["remote", "list"])).toMatch(/edge-1 +Waiting +Waiting +- +- /);
    await home.ok(create);
    await home.ok(["topic", "create", "mirror-later", "--mirror"]);
    await home.ok(["topic", "add-mirror", "mirror-later", "edge-1"]);
    const partitions = await home.ok(["partition", "list"]);
    expect(partitions).toMatch(/ mirrored +0 +\d+ +edge-1 /);
    expect(partitions).toMatch(/ mirror-later +0 +\d+ +edge-1 /);
    await home.ok(["topic", "delete", "mirrored", "mirror-later"]);
    await home.ok(["remote", "unregister", "edge-1"]);
    expect(await home.ok(["remote", "list"])).toBe("no items\n");
  });

  test("--continue-on-error deletes the others and still fails", async () => {
    await home.ok(["topic", "create", "del-a"]);
    const { code, stdout, stderr } = await home.run(["topic", "delete", "nope", "del-a", "-c"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'topic "del-a" deleted\n' });
    expect(stderr).toContain('topic "nope" delete failed with: Topic not found');
  });
});

describe("smdk produce and consume", () => {
  test("lines go in and come out", async () => {
    await home.ok(["topic", "create", "words"]);
    expect(await home.ok(["produce", "words", "-f", "three.txt"])).toBe("");
    expect(await home.ok(["consume", "words", "-B", "-d"])).toBe("alpha\nbeta\ngamma\n");
  });

  test("keys, templates and offsets", async () => {
    await topic("keyed", []);
    const { code, stderr } = await home.run(["produce", "keyed", "--key-separator", ":"], {
      input: "k1:apple\nnone\nk2:banana\n",
    });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "Failed to find separator ':' in record, skipping: 'none'\n",
    });
    expect(await home.ok(["consume", "keyed", "-B", "-d", "-k"])).toBe("[k1] apple\n[k2] banana\n");
    const out = await home.ok([
      "consume",
      "keyed",
      "-B",
      "-d",
      "-F",
      "{{offset}} {{partition}} {{key}}={{value}} {{time}}",
    ]);
    expect(out).toMatch(/^0 0 k1=apple \d{4}-\d\d-\d\dT[\d:.]+Z\n1 0 k2=banana /);
  });

  test("starts and ends where it is told", async () => {
    await topic("ten", ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const read = async (...flags: string[]): Promise<string> =>
      (await home.ok(["consume", "ten", "-d", ...flags])).replaceAll("\n", "");
    expect(await read("-H", "7")).toBe("789");
    expect(await read("-T", "2")).toBe("89");
    expect(await read("--start", "3", "--end", "5")).toBe("345");
    expect(await read("-B", "-n", "4")).toBe("0123");
    expect(await read()).toBe("");
    const ended = await home.run(["consume", "ten", "-B", "--end", "1"]);
    expect(ended).toMatchObject({
      code: 0,
      stdout: "0\n1\n",
      stderr: "End-offset has been reached; exiting\n",
    });
  });

  test("--json is a line of JSON for each record", async () => {
    await topic("json", ["a"]);
    const line = JSON.parse(await home.ok(["consume", "json", "-B", "-d", "--json"]));
    expect(line).toEqual({
      topic: "json",
      partition: 0,
      offset: 0,
      timestamp: expect.any(Number),
      key: null,
      value: "a",
    });
  });

  test("output types", async () => {
    await topic("objects", ['{"b":1,"a":"x"}', "plain"]);
    const json = await home.ok(["consume", "objects", "-B", "-d", "-O", "json"]);
    expect(json).toBe('{\n  "b": 1,\n  "a": "x"\n}\n{\n  "error": "expected value at line 1 column 1"\n}\n');
    expect(
      await home.ok(["consume", "objects", "-B", "-d", "-O", "json", "--suppress-unknown"]),
    ).not.toContain("error");
    expect(await home.ok(["consume", "objects", "-B", "-d", "-O", "table"])).toContain("b  a\n 1  x\n");
    expect(await home.ok(["consume", "objects", "-B", "-d", "-O", "binary"])).toContain("|plain           |");
  });

  test("--raw keeps every byte", async () => {
    await home.ok(["topic", "create", "raw"]);
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => i % 256);
    await home.ok(["produce", "raw", "--raw"], { input: bytes });
    const { valueBase64 } = JSON.parse(await home.ok(["consume", "raw", "-B", "-d", "--json"]));
    expect([...Buffer.from(valueBase64, "base64")]).toEqual([...bytes]);
  });

  test.each(["gzip", "snappy", "lz4", "zstd"])("--compression %s", async (compression) => {
    await home.ok(["topic", "create", `with-${compression}`]);
    const input = Array.from({ length: 2000 }, (_, i) => `line ${i} ${"x".repeat(80)}\n`).join("");
    await home.ok(["produce", `with-${compression}`, "--compression", compression], { input });
    expect(await home.ok(["consume", `with-${compression}`, "-B", "-d"])).toBe(input);
  });

  test("delivery and isolation", async () => {
    await home.ok(["topic", "create", "iso"]);
    const flags = ["--isolation", "read_committed", "--delivery-semantic", "at-most-once", "--linger", "5ms"];
    await home.ok(["produce", "iso", "-f", "three.txt", ...flags, "--batch-size", "1kib"]);
    expect(await home.ok(["consume", "iso", "-B", "-d", "--isolation", "ReadCommitted"])).toBe(
      "alpha\nbeta\ngamma\n",
    );
  });

  test("a missing topic or partition", async () => {
    for (const args of [
      ["consume", "nope", "-B", "-d"],
      ["produce", "nope"],
    ]) {
      expect(await home.run(args)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Topic not found: nope"),
      });
    }
    await home.ok(["topic", "create", "one"]);
    const { code, stderr } = await home.run(["consume", "one", "-p", "9", "-B", "-d"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("Partition not found: one-9"),
    });
  });

  test("a record that is too large is refused with its size", async () => {
    await home.ok(["topic", "create", "small"]);
    const { code, stderr } = await home.run(["produce", "small", "--max-request-size", "1000"], {
      input: "y".repeat(2000),
    });
    expect(code).toBe(1);
    expect(stderr).toContain("exceeded maximum request size");
  });

  test("a consumer goes on where it stopped", async () => {
    await topic("resumed", ["a", "b", "c", "d"]);
    expect(await home.ok(["consume", "resumed", "-c", "grp", "-B", "-d", "-n", "3"])).toBe("a\nb\nc\n");
    expect(await home.ok(["consumer", "list"])).toMatch(/grp +resumed +0 +2 /);
    expect(await home.ok(["consume", "resumed", "-c", "grp", "-B", "-d"])).toBe("d\n");
    expect(await home.ok(["consumer", "delete", "grp"])).toBe(
      'consumer "grp" on topic "resumed" and partition "0" deleted\n',
    );
    expect(await home.ok(["consumer", "list"])).toBe("No consumers found\n");
  });

  test("Ctrl-C ends a waiting consumer with exit 130 and keeps its offset", async () => {
    await topic("waiting", ["a", "b"]);
    const { code, stdout } = await home.run(["consume", "waiting", "-B", "-c", "ctrl-c"], {
      onOutput: (text, kill) => text.endsWith("b\n") && kill("SIGINT"),
    });
    expect({ code, stdout }).toEqual({ code: 130, stdout: "a\nb\n" });
    expect(await home.ok(["consumer", "list"])).toMatch(/ctrl-c +waiting +0 +1 /);
  });
});

describe("SmartModules", () => {
  test("create, list, delete", async () => {
    await home.ok(["smartmodule", "create", "upper", "--wasm-file", rustModule("map_upper")]);
    expect(await home.ok(["sm", "create", "upper", "--wasm-file", rustModule("map_upper")])).toBe(
      'smartmodule "upper" has been created.\n',
    );
    expect(await home.ok(["sm", "list"])).toMatch(/SMARTMODULE +SIZE *\n +upper +\d+\.\d KB/);
    expect(await home.ok(["sm", "delete", "upper"])).toBe('smartmodule "upper" deleted\n');
    expect(await home.run(["sm", "delete", "upper"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("SmartModule not found"),
    });
    expect(await home.ok(["sm", "list"])).toBe("no smartmodules\n");
  });

  test("on consume: by name, from a file, as a chain, with parameters", async () => {
    await topic("fruit", ["apple", "plum", "banana"]);
    await home.ok(["sm", "create", "has-a", "--wasm-file", rustModule("filter_bytes_a")]);
    await home.ok(["sm", "create", "to-upper", "--wasm-file", rustModule("map_upper")]);
    const read = (...flags: string[]): Promise<string> => home.ok(["consume", "fruit", "-B", "-d", ...flags]);
    expect(await read("--smartmodule", "has-a")).toBe("apple\nbanana\n");
    expect(await read("--smartmodule-path", rustModule("map_upper"))).toBe("APPLE\nPLUM\nBANANA\n");
    expect(await read("--smartmodule-path", rustModule("filter_init_param"), "-e", "needle=an")).toBe(
      "banana\n",
    );
    writeFileSync(home.path("chain.yaml"), "transforms:\n  - uses: has-a\n  - uses: to-upper\n");
    expect(await read("-t", "chain.yaml")).toBe("APPLE\nBANANA\n");
    expect(await read("--transform", '{"uses":"to-upper"}')).toBe("APPLE\nPLUM\nBANANA\n");
    expect(await read("--smartmodule-path", rustModule("aggregate_sum"), "-n", "0").catch(String)).toContain(
      "Error",
    );
  });

  test("on produce", async () => {
    await home.ok(["topic", "create", "shouted"]);
    await home.ok(["produce", "shouted", "--smartmodule-path", rustModule("map_upper")], { input: "a\nb\n" });
    expect(await home.ok(["consume", "shouted", "-B", "-d"])).toBe("A\nB\n");
  });

  test("an error of the module is printed on consume and exits 1, after the records before it", async () => {
    await topic("numbers", ["1", "2", "seven", "4"]);
    const { code, stdout, stderr } = await home.run([
      "consume",
      "numbers",
      "-B",
      "-d",
      "--smartmodule-path",
      rustModule("map_int_or_error"),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "2\n4\n" });
    expect(stderr).toContain("Value: seven");
  });

  test("a missing module, a missing parameter and no module at all are errors, not silence", async () => {
    await topic("checked", ["a"]);
    const missing = await home.run(["consume", "checked", "-B", "-d", "--smartmodule", "nope"]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/SmartModule nope was not found/),
    });
    const init = await home.run([
      "consume",
      "checked",
      "-B",
      "-d",
      "--smartmodule-path",
      rustModule("filter_init_param"),
    ]);
    expect(init).toMatchObject({ code: 1, stderr: expect.stringContaining("needle") });
  });
});

describe("smdk table-format", () => {
  test("create, use, delete", async () => {
    writeFileSync(
      home.path("tf.yaml"),
      "name: people\ninput_format: JSON\ncolumns:\n  - headerLabel: Who\n    keyPath: name\n  - keyPath: age\n",
    );
    expect(await home.ok(["table-format", "create", "--config", "tf.yaml"])).toBe(
      'tableformat "people" created\n',
    );
    expect(await home.ok(["tf", "list"])).toContain("people");
    await topic("persons", ['{"age":7,"name":"Ada","x":1}']);
    expect(await home.ok(["consume", "persons", "-B", "-d", "--table-format", "people"])).toBe(
      " Who  age\n Ada  7  \n",
    );
    await home.ok(["tf", "delete", "people"]);
    expect(await home.run(["tf", "delete", "people"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("TableFormat not found"),
    });
  });
});

// Last: it ends the cluster that the others use.
describe("the end of a cluster", () => {
  test("what is in it survives stop and start", async () => {
    await topic("kept", ["still here"]);
    expect(await home.ok(["cluster", "stop"])).toContain("Local cluster stopped");
    expect(await home.run(["topic", "list"])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining("smdk cluster start"),
    });
    await home.ok(["cluster", "start", "--port", "0"]);
    expect(await home.ok(["consume", "kept", "-B", "-d"])).toBe("still here\n");
    expect(JSON.parse(await home.ok(["cluster", "status", "--json"]))).toMatchObject({
      spus: 2,
      spusOnline: 2,
    });
  });

  test("delete removes the data and makes the former profile current again", async () => {
    const dataDir = home.path("smdk/cluster/data");
    expect(existsSync(dataDir)).toBe(true);
    await home.ok(["cluster", "delete", "--force"]);
    expect(existsSync(dataDir)).toBe(false);
    expect(await home.ok(["profile"])).toBe("elsewhere\n");
    expect(readFileSync(home.path("fluvio/config"), "utf8")).not.toContain("profile.local");
    expect(await home.ok(["cluster", "stop"])).toBe("no local cluster is running\n");
  });
});

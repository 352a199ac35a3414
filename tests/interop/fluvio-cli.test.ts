/**
 * The `fluvio` CLI itself against our cluster: the commands of the recorded sessions, with the output
 * they had against a real cluster. Runs where FLUVIO_BIN names a binary.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rustModule, type TestCluster, testCluster } from "./cluster.ts";

const binary = process.env.FLUVIO_BIN;
if (!binary) console.warn("SKIPPED: tests with the fluvio CLI: FLUVIO_BIN is not set");

describe.skipIf(!binary)("the fluvio CLI", () => {
  let home: TestCluster;
  let dir: string;

  beforeAll(async () => {
    home = await testCluster();
    dir = await mkdtemp(join(tmpdir(), "smdk-fluvio-"));
    const lines = (count: number, line: (i: number) => string) =>
      Array.from({ length: count }, (_, i) => `${line(i)}\n`).join("");
    await writeFile(join(dir, "three.txt"), "alpha\nbeta\ngamma\n");
    await writeFile(join(dir, "keyed.txt"), "k1:apple\nk2:banana\nk1:cherry\n");
    await writeFile(join(dir, "digits.txt"), "1\n2\n3\n4\n");
    await writeFile(join(dir, "assigned.json"), '[{"id":0,"replicas":[5001]},{"id":1,"replicas":[5001]}]');
    await writeFile(join(dir, "gap.json"), '[{"id":0,"replicas":[5001]},{"id":2,"replicas":[5001]}]');
    await writeFile(join(dir, "bad.txt"), "1\n2\nseven\n4\n");
    await writeFile(
      join(dir, "big.txt"),
      lines(2000, (i) => `line ${i} ${"x".repeat(80)}`),
    );
    await writeFile(join(dir, "chain.yaml"), "transforms:\n  - uses: filter-a\n  - uses: upper\n");
    await writeFile(
      join(dir, "topic.yaml"),
      "version: 0.1.0\nmeta:\n  name: conf-topic\npartition:\n  count: 2\nretention:\n  time: 2m\n  segment-size: 2.0 KB\ncompression:\n  type: Lz4\n",
    );
    await writeFile(
      join(dir, "tf.yaml"),
      "name: tf1\ninputFormat: JSON\ncolumns:\n  - keyPath: a\n    headerLabel: A\n",
    );
    for (const name of [
      "filter_bytes_a",
      "map_upper",
      "map_int_or_error",
      "filter_init_param",
      "aggregate_sum",
      "array_map_lines",
    ])
      await cp(rustModule(name), join(dir, `${name}.wasm`));
    await fluvio("profile", "add", "test", home.endpoint, "docker");
  });
  afterAll(async () => {
    await home.close();
    await rm(dir, { recursive: true, force: true });
  });

  function fluvio(
    ...args: string[]
  ): Promise<{ exit: number | string | null; stdout: string; stderr: string }> {
    const env = { ...process.env, HOME: dir, FLV_PROFILE_PATH: join(dir, "config") };
    return new Promise((resolve) => {
      execFile(binary!, args, { cwd: dir, env, timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({
          exit: error ? (error.signal ?? error.code ?? 1) : 0,
          stdout: stdout.trimEnd(),
          stderr: stderr.trimEnd(),
        });
      });
    });
  }

  /** The command, its exit code, and what it prints: text to equal, or a pattern. */
  type Step = [command: string, exit: number, stdout: string | RegExp, stderr?: string | RegExp];

  async function run(steps: Step[]): Promise<void> {
    for (const [command, exit, stdout, stderr] of steps) {
      const result = await fluvio(...command.split(" "));
      const context = `fluvio ${command}\n${result.stdout}\n${result.stderr}`;
      expect(result.exit, context).toBe(exit);
      if (typeof stdout === "string") expect(result.stdout, context).toBe(stdout);
      else expect(result.stdout, context).toMatch(stdout);
      if (typeof stderr === "string") expect(result.stderr, context).toBe(stderr);
      else if (stderr) expect(result.stderr, context).toMatch(stderr);
    }
  }

  test("shows the cluster", () =>
    run([
      ["cluster spu list", 0, /5001\s+custom-spu-5001\s+Online\s+"custom"/],
      ["cluster spg list", 0, "no groups"],
    ]));

  test("administers topics", () =>
    run([
      ["topic create vec-topic", 0, 'topic "vec-topic" created'],
      ["topic list", 0, /vec-topic\s+computed\s+1\s+1\s+7days\s+any\s+none\s+resolution::provisioned/],
      ["topic describe vec-topic", 0, /Status:provisioned/],
      ["partition list", 0, /vec-topic\s+0\s+5001\s+\[\]\s+Online/],
      ["topic create vec-topic", 1, "", "Topic already exists"],
      ["topic delete vec-topic", 0, 'topic "vec-topic" deleted'],
      ["topic delete vec-topic", 1, "", "Topic not found"],
      [
        "topic create vec-opts -p 3 --retention-time 1h --segment-size 10MB --compression-type gzip --max-partition-size 1GB",
        0,
        'topic "vec-opts" created',
      ],
      ["topic create -c topic.yaml", 0, 'topic "conf-topic" created'],
      ["topic describe vec-opts -O json", 0, /"timeInSeconds": 3600[\s\S]*"segmentSize": 10000000/],
      ["topic create Bad_Name", 1, "", /Invalid Topic name Bad_Name/],
      ["topic create vec-dry -d", 0, 'topic "vec-dry" created'],
      ["topic add-partition vec-opts -c 2", 0, /./],
      ["partition list", 0, /vec-opts\s+4/],
    ]));

  test("produces and consumes", () =>
    run([
      ["topic create vec-data", 0, 'topic "vec-data" created'],
      ["produce vec-data -f three.txt", 0, ""],
      ["consume vec-data -B -d", 0, "alpha\nbeta\ngamma"],
      ["produce vec-data --key-separator : -f keyed.txt", 0, ""],
      [
        "consume vec-data -B -d -k",
        0,
        "[null] alpha\n[null] beta\n[null] gamma\n[k1] apple\n[k2] banana\n[k1] cherry",
      ],
      ["consume vec-data --start 2 --end 3 -d", 0, "gamma\napple", /End-offset has been reached/],
      ["consume vec-data -T 2 -d", 0, "banana\ncherry"],
    ]));

  test("keeps consumer offsets", () =>
    run([
      ["consume vec-data -c grp1 -d -B", 0, "alpha\nbeta\ngamma\napple\nbanana\ncherry"],
      ["consumer list", 0, /grp1\s+vec-data\s+0\s+5/],
      ["consume vec-data -c grp1 -d", 0, ""],
      ["consumer delete grp1", 0, 'consumer "grp1" on topic "vec-data" and partition "0" deleted'],
      ["consumer list", 0, "No consumers found"],
    ]));

  test.each(["gzip", "snappy", "lz4", "zstd"])("speaks %s", (codec) =>
    run([
      [`topic create vec-${codec}`, 0, `topic "vec-${codec}" created`],
      [`produce vec-${codec} --compression ${codec} -f big.txt`, 0, ""],
      [`consume vec-${codec} --start 1998 -d`, 0, /^line 1998 x{80}\nline 1999 x{80}$/],
      [`consume vec-${codec} -B -d`, 0, /^(line \d+ x{80}\n){1999}line 1999 x{80}$/],
    ]),
  );

  test("keeps isolation and delivery settings", () =>
    run([
      ["topic create vec-iso", 0, 'topic "vec-iso" created'],
      ["produce vec-iso --isolation read_committed --delivery-semantic at-most-once -f three.txt", 0, ""],
      ["produce vec-iso --delivery-semantic at-least-once -f three.txt", 0, ""],
      ["consume vec-iso -B -d --isolation read_committed", 0, "alpha\nbeta\ngamma\nalpha\nbeta\ngamma"],
    ]));

  test("stores, lists and deletes SmartModules", () =>
    run([
      [
        "smartmodule create filter-a --wasm-file filter_bytes_a.wasm",
        0,
        'smartmodule "filter-a" has been created.',
      ],
      ["smartmodule create upper --wasm-file map_upper.wasm", 0, 'smartmodule "upper" has been created.'],
      ["smartmodule list", 0, /filter-a\s+29.3 KB[\s\S]*upper\s+29.8 KB/],
      ["smartmodule list -O json", 0, /"payload": ""/],
      ["smartmodule delete nope", 1, "", "SmartModule not found"],
    ]));

  test("runs SmartModules on consume and produce", () =>
    run([
      ["consume vec-data -B -d --smartmodule filter-a", 0, "alpha\nbeta\ngamma\napple\nbanana"],
      [
        "consume vec-data -B -d --smartmodule-path map_upper.wasm",
        0,
        "ALPHA\nBETA\nGAMMA\nAPPLE\nBANANA\nCHERRY",
      ],
      ["consume vec-data -B -d --transforms-file chain.yaml", 0, "ALPHA\nBETA\nGAMMA\nAPPLE\nBANANA"],
      ["topic create vec-num", 0, 'topic "vec-num" created'],
      ["produce vec-num -f bad.txt", 0, ""],
      ["consume vec-num -B -d --smartmodule-path map_int_or_error.wasm", 0, "2\n4"],
      ["consume vec-data -B -d --smartmodule-path filter_init_param.wasm", 0, ""],
      ["topic create vec-psm", 0, 'topic "vec-psm" created'],
      ["produce vec-psm --smartmodule upper -f three.txt", 0, ""],
      ["consume vec-psm -B -d", 0, "ALPHA\nBETA\nGAMMA"],
    ]));

  test("ends a consume through a filter that drops whole batches", () =>
    run([
      ["consume vec-data -B -d --smartmodule-path filter_init_param.wasm -e needle=cherry", 0, "cherry"],
      ["consume vec-data -B -d --smartmodule-path filter_init_param.wasm -e needle=nowhere", 0, ""],
    ]));

  test("reports errors as against a real cluster", () =>
    run([
      ["consume no-such-topic -B -d", 1, "", "Topic not found: no-such-topic"],
      ["produce no-such-topic -f three.txt", 1, "", "Topic not found: no-such-topic"],
      ["consume vec-data -B -d --smartmodule no-such-module", 0, ""],
      ["consume vec-data -p 9 -B -d", 1, "", "Partition not found: vec-data-9"],
      ["consume vec-data -B -d --smartmodule-path three.txt", 0, ""],
    ]));

  test("places topics as asked, and refuses what cannot be", () =>
    run([
      ["topic create vec-assigned -f assigned.json", 0, 'topic "vec-assigned" created'],
      ["topic describe vec-assigned", 0, /Type:assigned/],
      ["topic create vec-gap -f gap.json", 1, "", /./],
      ["topic add-partition vec-assigned", 1, "", /./],
      ["topic create vec-small --segment-size 1023", 1, "", /1023/],
      [
        "topic create vec-max --max-partition-size 10",
        1,
        "",
        "max_partition_size 10 is less than minimum 2048",
      ],
      [
        "topic create vec-max --segment-size 3072 --max-partition-size 2048",
        1,
        "",
        "max_partition_size 2048 is less than segment size 3072",
      ],
      ["topic describe no-such-topic", 0, /Retrieved 0 out of 0 topics/],
      [
        "topic delete vec-none -c",
        1,
        'topic "vec-none" delete failed with: Topic not found',
        /Failed deleting/,
      ],
      ["topic delete consumer-offset", 1, "", /./],
      ["topic delete vec-assigned", 0, 'topic "vec-assigned" deleted'],
    ]));

  test("keeps mirrors and their topics", () =>
    run([
      ["remote register edge1", 0, 'remote cluster "edge1" was registered'],
      ["remote list", 0, /edge1/],
      ["topic create --mirror vec-mirror", 0, 'topic "vec-mirror" created'],
      ["topic describe vec-mirror", 0, /Type:from-remote\s+Status:insufficient-resources/],
      ["topic add-mirror vec-mirror edge1", 0, /./],
      ["topic describe vec-mirror", 0, /Type:from-remote[\s\S]*Status:provisioned/],
      ["produce vec-mirror -m edge1 -f three.txt", 1, "", "No partition found for mirror 'edge1'"],
      ["consume vec-mirror -m edge1 -B -d", 0, ""],
      ["remote export edge1 -e host:1234", 0, /"remoteId": "edge1"/],
      ["topic delete vec-mirror", 0, 'topic "vec-mirror" deleted'],
      ["remote unregister edge1", 0, 'remote cluster "edge1" was unregistered'],
      ["remote unregister edge1", 1, "", "Mirror not found"],
      ["remote list", 0, "no items"],
    ]));

  test("registers and unregisters SPUs", () =>
    run([
      [
        "cluster spu register --id 6001 --public-server 127.0.0.1:1 --private-server 127.0.0.1:2 --rack r1",
        0,
        "",
      ],
      ["cluster spu list", 0, /6001\s+custom-spu-6001\s+\w+\s+"custom"\s+r1\s+127.0.0.1:1\s+127.0.0.1:2/],
      ["cluster spu register --id 6001 --public-server 127.0.0.1:1 --private-server 127.0.0.1:2", 1, "", /./],
      ["cluster spu unregister --id 6001", 0, ""],
      ["cluster spu unregister --id 6001", 1, "", /./],
      ["cluster spg create g1", 0, ""],
      ["cluster spg list", 0, /g1\s+1/],
      ["cluster spg delete g1", 0, ""],
    ]));

  test("runs stateful modules over whole batches, with look-back and initial values", () =>
    run([
      ["smartmodule create sum --wasm-file aggregate_sum.wasm", 0, 'smartmodule "sum" has been created.'],
      ["smartmodule create lines --wasm-file array_map_lines.wasm", 0, /created/],
      ["topic create vec-sum", 0, 'topic "vec-sum" created'],
      ["produce vec-sum -f digits.txt", 0, ""],
      ["consume vec-sum -B -d --smartmodule sum", 0, "1\n3\n6\n10"],
      ["consume vec-sum --start 2 -d --smartmodule sum", 0, "6\n10"],
      ["consume vec-sum -B -d --smartmodule sum --aggregate-initial 100", 0, "101\n103\n106\n110"],
      ["produce vec-sum -f three.txt", 0, ""],
      ["consume vec-sum -B -d --smartmodule lines", 0, "1\n2\n3\n4\nalpha\nbeta\ngamma"],
      [
        "produce vec-sum --smartmodule sum -f three.txt",
        1,
        "",
        /^Producer error: Producer received an error code: /,
      ],
      ["consume vec-sum -T 3 -d", 0, "alpha\nbeta\ngamma"],
    ]));

  test("reads everything whatever the size of an answer", () =>
    run([
      ["topic create vec-tiny --segment-size 2048", 0, 'topic "vec-tiny" created'],
      ["produce vec-tiny -f big.txt --batch-size 1000", 0, ""],
      ["consume vec-tiny -B -d --maxbytes 10", 0, /^(line \d+ x{80}\n){1999}line 1999 x{80}$/],
      ["consume vec-tiny --start 1234 --end 1235", 0, /^line 1234 x{80}\nline 1235 x{80}$/, /End-offset/],
    ]));

  test("stores table formats", () =>
    run([
      ["table-format create --config tf.yaml", 0, 'tableformat "tf1" created'],
      ["table-format list", 0, /tf1\s+Init/],
      ["table-format delete tf1", 0, ""],
    ]));
});

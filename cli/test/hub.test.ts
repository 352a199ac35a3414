/** Publishing, verifying and loading with the real command, a real hub, a real registry and a real cluster. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Cluster, type Hub, startCluster, startHub } from "@smdk/server";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Home } from "./smdk.ts";

// Builds start the compiler cold, which takes seconds.
vi.setConfig({ testTimeout: 240_000 });

const home = new Home();
const project = home.path("word-filter");
let hub: Hub;
let cluster: Cluster;
let publicKey: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  hub = await startHub({ dir: home.path("hub"), limits: { requestBurst: 1e9 } });
  cluster = await startCluster({ dir: home.path("cluster") });
  env = { SMDK_HUB: hub.url };
  await home.ok([
    "generate",
    "word-filter",
    "--kind",
    "filter",
    "--lang",
    "assemblyscript",
    "--group",
    "acme",
    "--silent",
  ]);
  await home.ok(["hub", "login", "--hub", hub.url], { input: `${hub.adminToken}\n` });
  publicKey = JSON.parse(await home.ok(["hub", "id", "acme", "--json"])).publicKey;
}, 120_000);

afterAll(async () => {
  await hub?.close();
  await cluster?.close();
  home[Symbol.dispose]();
});

const smdk = (...args: string[]) => home.ok(args, { cwd: project, env });
const json = async (...args: string[]) => JSON.parse(await smdk(...args, "--json"));
async function failure(...args: string[]): Promise<{ code: string; message: string; exitCode: number }> {
  const { code, stdout } = await home.run([...args, "--json"], { cwd: project, env });
  expect(code, stdout).not.toBe(0);
  return JSON.parse(stdout).error;
}
const setVersion = (version: string): void => {
  const path = join(project, "SmartModule.toml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^version = .*$/m, `version = "${version}"`));
};

describe("login and id", () => {
  test("the token is kept for its owner only and never shown", async () => {
    const path = home.path("smdk", "hubs.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toContain(hub.adminToken);
    for (const args of [
      ["hub", "id"],
      ["hub", "token"],
      ["hub", "member", "acme"],
    ]) {
      expect(await smdk(...args)).not.toContain(hub.adminToken);
    }
  });

  test("a wrong token is not kept", async () => {
    const { code, stderr } = await home.run(["hub", "login", "--hub", hub.url], { input: "nonsense\n" });
    expect(code).toBe(6);
    expect(stderr).toContain("please log in");
    expect(readFileSync(home.path("smdk", "hubs.json"), "utf8")).toContain(hub.adminToken);
  });

  test("without a hub the command says what to do", async () => {
    const { code, stderr } = await home.run(["hub", "list"], { env: { SMDK_HOME: home.path("other") } });
    expect(code).toBe(3);
    expect(stderr).toContain("--hub");
  });
});

describe("publish", () => {
  test("--dry-run shows everything and sends nothing", async () => {
    const out = await smdk("publish", "--dry-run");
    expect(out).toContain("Creating package acme/word-filter@0.1.0");
    expect(out).toContain("nothing was sent");
    expect(await json("hub", "list")).toEqual([]);
  });

  test("two packs of one project are the same bytes, and --ipkg publishes them", async () => {
    const first = await json("publish", "--pack");
    const bytes = readFileSync(first.path);
    const second = await json("publish", "--pack");
    expect(readFileSync(second.path).equals(bytes)).toBe(true);
    expect(first.path).toMatch(/word-filter-0\.1\.0\.ipkg$/);
    const sent = await json("publish", "--ipkg", first.path);
    expect(sent).toMatchObject({ published: true, digest: first.digest, signer: publicKey });
    expect((await failure("publish", "--ipkg", first.path)).code).toBe("SMDK_HUB_EXISTS");
  });

  test("the release gate holds back a patch whose outputs changed, and says what changed", async () => {
    const records = home.path("words.txt");
    writeFileSync(records, "apple\nplum\nbanana\n");
    const same = await json("publish", "--ipkg", "word-filter-0.1.0.ipkg", "--records", records, "--dry-run");
    expect(same.gate).toMatchObject({ previous: "0.1.0", records: 3, changed: 0, needed: "patch" });

    const path = join(project, "src/index.ts");
    const before = readFileSync(path, "utf8");
    expect(before).toContain('"a"');
    writeFileSync(path, before.replace('"a"', '"m"'));
    setVersion("0.1.1");
    await smdk("publish", "--pack");
    const patch = ["publish", "--ipkg", "word-filter-0.1.1.ipkg", "--records", records, "--dry-run"];
    const held = await failure(...patch);
    expect(held.code).toBe("SMDK_RELEASE_GATE");
    const meant = await json(...patch, "--allow-changes");
    expect(meant.gate).toMatchObject({
      changed: 3,
      claimed: "patch",
      needed: "major",
      classes: { "dropped now": 2, "kept now": 1 },
    });
    // The project's own fixtures are replayed without being named.
    mkdirSync(join(project, "fixtures"), { recursive: true });
    writeFileSync(join(project, "fixtures", "words.txt"), "apple\nplum\nbanana\n");
    setVersion("0.2.0");
    const sent = await json("publish");
    expect(sent).toMatchObject({ published: true, gate: { changed: 3, claimed: "major" } });
    writeFileSync(path, before);
  });

  test("a project whose lint has errors is not packed", async () => {
    const path = join(project, "SmartModule.toml");
    const before = readFileSync(path, "utf8");
    writeFileSync(path, before.replace('name = "word-filter"', 'name = "Word-Filter"'));
    expect((await failure("publish", "--dry-run")).message).toMatch(/lowercase|lint/);
    writeFileSync(path, before);
  });
});

describe("list, search, show, tag, yank, download", () => {
  test("what is published is found", async () => {
    expect(await smdk("hub", "list")).toMatch(
      /SMARTMODULE +Visibility +Released.*\n +acme\/word-filter@0\.2\.0 +private/,
    );
    expect(await json("hub", "search", "word")).toMatchObject([{ name: "word-filter" }]);
    expect(await smdk("hub", "show", "acme/word-filter@0.1.0")).toContain(publicKey);
    expect(await home.ok(["hub", "list"], { env: { ...env, SMDK_HOME: home.path("nobody") } })).toBe(
      "no smartmodules\n",
    );
  });

  test("tags and yanks decide what a name means", async () => {
    await smdk("hub", "tag", "acme/word-filter@0.1.0", "stable");
    expect((await json("hub", "download", "acme/word-filter@stable", "-o", home.dir)).version).toBe("0.1.0");
    await smdk("hub", "yank", "acme/word-filter@0.2.0", "--reason", "too strict");
    expect((await json("hub", "download", "acme/word-filter", "-o", home.dir)).version).toBe("0.1.0");
    expect(await smdk("hub", "show", "acme/word-filter@0.2.0")).toContain("too strict");
    await smdk("hub", "yank", "acme/word-filter@0.2.0", "--undo");
  });
});

describe("verify", () => {
  test("a package from the hub, and its sources rebuilt", async () => {
    const result = await json("verify", "acme/word-filter@0.1.0", "--rebuild");
    expect(result.ok).toBe(true);
    expect(
      result.checks.map(({ name, outcome }: { name: string; outcome: string }) => `${name} ${outcome}`),
    ).toEqual(["signature passed", "policy passed", "abi passed", "provenance passed", "rebuild passed"]);
  });

  test("one changed byte is refused", async () => {
    const bytes = readFileSync(join(project, "word-filter-0.1.0.ipkg"));
    bytes[2000]! ^= 4;
    writeFileSync(home.path("bad.ipkg"), bytes);
    expect((await failure("verify", home.path("bad.ipkg"))).code).toMatch(/^SMDK_PKG_/);
  });
});

describe("load", () => {
  const load = (...args: string[]) => json("load", ...args, "--cluster", cluster.scAddress);

  test("a package goes into the cluster with its metadata and works there under its name", async () => {
    const { modules } = await load("acme/word-filter@0.1.0");
    expect(modules).toMatchObject([
      { name: "acme/word-filter", version: "0.1.0", signer: publicKey, loaded: true },
    ]);
    expect(await smdk("smartmodule", "list", "--cluster", cluster.scAddress)).toContain(
      "acme/word-filter@0.1.0",
    );
    await smdk("topic", "create", "words", "--cluster", cluster.scAddress);
    await home.ok(["produce", "words", "--cluster", cluster.scAddress], { env, input: "apple\nplum\n" });
    const out = await smdk(
      "consume",
      "words",
      "-B",
      "-d",
      "--smartmodule",
      "acme/word-filter@0.1.0",
      "--cluster",
      cluster.scAddress,
    );
    expect(out).toBe("apple\n");
  });

  test("the modules of a chain are loaded and locked; the lock decides from then on", async () => {
    const chain = home.path("chain");
    mkdirSync(chain);
    writeFileSync(join(chain, "transforms.yaml"), "transforms:\n  - uses: acme/word-filter@0.1.0\n");
    await load("--transforms", join(chain, "transforms.yaml"));
    const lockPath = join(chain, "smdk.lock");
    const lock = JSON.parse(readFileSync(lockPath, "utf8"));
    expect(lock.modules["acme/word-filter"]).toMatchObject({
      version: "0.1.0",
      signer: publicKey,
      hub: hub.url,
    });
    const run = await home.ok(["test", "--transforms", join(chain, "transforms.yaml"), "--text", "apple"], {
      env,
    });
    expect(run).toBe("apple\n");

    lock.modules["acme/word-filter"].digest = `sha256:${"0".repeat(64)}`;
    writeFileSync(lockPath, JSON.stringify(lock));
    expect(
      (await failure("load", "--transforms", join(chain, "transforms.yaml"), "--cluster", cluster.scAddress))
        .code,
    ).toBe("SMDK_LOCK_DIGEST");
    rmSync(lockPath);
  });

  test("a trust policy keeps out strange signers, and older versions than the locked one", async () => {
    const policy = home.path("policy.yaml");
    const rules = (signer: string): string =>
      `version: 1\ngroups:\n  acme:\n    signers: ["${signer}"]\n    provenance: required\n`;
    writeFileSync(policy, rules(publicKey));
    expect((await load("acme/word-filter", "--policy", policy, "--dry-run")).modules).toHaveLength(1);
    writeFileSync(policy, rules("0".repeat(64)));
    expect(
      (await failure("load", "acme/word-filter", "--policy", policy, "--cluster", cluster.scAddress)).code,
    ).toBe("SMDK_TRUST_SIGNER");
    const lock = home.path("own.lock");
    writeFileSync(lock, '{"version":1,"modules":{}}');
    await load("acme/word-filter@0.2.0", "--lock-file", lock);
    const older = await failure(
      "load",
      "acme/word-filter@0.1.0",
      "--lock-file",
      lock,
      "--cluster",
      cluster.scAddress,
    );
    expect(older.code).toBe("SMDK_TRUST_DOWNGRADE");
  });

  test("an index older than the one seen before is refused", async () => {
    const path = home.path("smdk", "hubs.json");
    const before = readFileSync(path, "utf8");
    const settings = JSON.parse(before);
    settings.hubs[hub.url].revisions.acme += 1000;
    writeFileSync(path, JSON.stringify(settings));
    expect((await failure("hub", "download", "acme/word-filter")).code).toBe("SMDK_INDEX_ROLLBACK");
    writeFileSync(path, before);
  });

  test("publish cluster puts a package there without a hub", async () => {
    const path = join(project, "word-filter-0.1.1.ipkg");
    expect((await json("publish", "cluster", "--ipkg", path, "--cluster", cluster.scAddress)).published).toBe(
      true,
    );
    expect(await smdk("smartmodule", "list", "--cluster", cluster.scAddress)).toContain(
      "acme/word-filter@0.1.1",
    );
  });
});

describe("registries", () => {
  const hasRegistry = spawnSync("docker-registry", ["--version"]).status === 0;
  let registry: ChildProcess | undefined;
  afterAll(() => registry?.kill());

  test("our own hub is one", async () => {
    const place = `oci://${hub.url.replace("http://", "")}/acme/word-filter:0.1.1`;
    await json("publish", place, "--ipkg", "word-filter-0.1.1.ipkg");
    expect((await json("hub", "show", "acme/word-filter@0.1.1")).version.version).toBe("0.1.1");
    expect((await json("verify", place)).ok).toBe(true);
  });

  test.skipIf(!hasRegistry)(
    "Debian's docker-registry keeps packages too (needs docker-registry)",
    async () => {
      const port = await freePort();
      writeFileSync(
        home.path("registry.yml"),
        `version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: ${home.path("registry")}\nhttp:\n  addr: 127.0.0.1:${port}\n`,
      );
      registry = spawn("docker-registry", ["serve", home.path("registry.yml")], { stdio: "ignore" });
      for (let up = false; !up; ) {
        up = await fetch(`http://127.0.0.1:${port}/v2/`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (!up) await new Promise((done) => setTimeout(done, 50));
      }
      const place = `oci://127.0.0.1:${port}/team/word-filter:0.1.1`;
      const sent = await json("publish", place, "--ipkg", "word-filter-0.1.1.ipkg");
      const pulled = await json("hub", "download", place, "-o", home.dir);
      expect(pulled.digest).toBe(sent.digest);
      expect((await json("load", place, "--cluster", cluster.scAddress)).modules).toMatchObject([
        { version: "0.1.1", loaded: true },
      ]);
      registry.kill();
      await once(registry, "exit");
    },
  );
});

describe("keys", () => {
  test("a rotated key signs from then on, vouched for by the old one", async () => {
    const rotated = await json("hub", "id", "--rotate");
    expect(rotated.publicKey).not.toBe(publicKey);
    expect(await json("hub", "member", "acme")).toMatchObject({
      keys: [rotated.publicKey],
      retiredKeys: [publicKey],
    });
    setVersion("0.6.0");
    expect((await json("publish")).signer).toBe(rotated.publicKey);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

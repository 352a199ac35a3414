/** Publishing, verifying and loading with the real command, a real hub, a real registry and a real cluster. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { generateKey } from "@smdk/packages";
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
    expect(stderr).toContain("does not know this token");
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
    // Nobody has to have a hub to see what would be sent.
    const alone = { cwd: project, env: { SMDK_HOME: home.path("alone") } };
    const made = JSON.parse(await home.ok(["publish", "--dry-run", "--json"], alone));
    expect(made).toMatchObject({ published: false, target: null, gate: null });
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
    const renamed = home.path("other-word-filter-0.1.0.ipkg");
    writeFileSync(renamed, bytes);
    expect((await failure("publish", "--ipkg", renamed)).code).toBe("SMDK_PKG_FILE_NAME");
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
    // The project's own fixtures are replayed without being named, also the two records of the cases it came with.
    writeFileSync(join(project, "fixtures", "words.txt"), "apple\nplum\nbanana\n");
    setVersion("0.2.0");
    const sent = await json("publish");
    expect(sent).toMatchObject({ published: true, gate: { changed: 5, claimed: "major" } });
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
    const pinned = ["hub", "download", "acme/word-filter@0.2.0", "-o", home.dir];
    expect([await smdk(...pinned), await json(...pinned)]).toEqual([
      expect.stringContaining("YANKED"),
      expect.objectContaining({ version: "0.2.0", yanked: true }),
    ]);
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

describe("chains of packages", () => {
  const at = () => ["--cluster", cluster.scAddress];

  test("consume and produce take from the hub what the cluster lacks, check it, and pin it", async () => {
    const folder = home.path("chains", "uses");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "transforms.yaml");
    const lockPath = join(folder, "smdk.lock");
    writeFileSync(file, "transforms:\n  - uses: acme/word-filter@0.2.0\n");
    for (const version of ["0.1.0", "0.2.0"]) {
      await home.run(["smartmodule", "delete", `word-filter-acme-${version}`, ...at()], { env });
    }
    const listed = await smdk("smartmodule", "list", ...at());
    expect(listed).not.toContain("acme/word-filter@0.2.0");
    await smdk("topic", "create", "fruit", ...at());
    const input = "apple\nplum\nmelon\nfig\n";
    await home.ok(["produce", "fruit", "--transforms", file, ...at()], { env, input });
    const lock = JSON.parse(readFileSync(lockPath, "utf8"));
    expect(lock.modules["acme/word-filter"]).toMatchObject({ version: "0.2.0", signer: publicKey });
    expect(await smdk("consume", "fruit", "-B", "-d", ...at())).toBe("plum\nmelon\n");
    expect(await smdk("smartmodule", "list", ...at())).toBe(listed);

    // What is pinned is on this machine: it works without the hub.
    const offline = { SMDK_HUB: "http://127.0.0.1:1" };
    const again = await home.ok(["consume", "fruit", "-B", "-d", "--transforms-file", file, ...at()], {
      env: offline,
    });
    expect(again).toBe("plum\nmelon\n");
    const line = JSON.stringify({ uses: "acme/word-filter@0.2.0" });
    const inline = ["consume", "fruit", "-B", "-d", "--transforms-line", line, ...at()];
    expect(await home.ok(inline, { cwd: folder, env: offline })).toBe("plum\nmelon\n");
    expect(await home.ok(["test", "-t", file, "--text", "plum"], { env: offline })).toBe("plum\n");

    // An older version than the pinned one does not come in unnoticed, but a chain may use two; both stay pinned.
    writeFileSync(file, "transforms:\n  - uses: acme/word-filter@0.1.0\n");
    const older = await failure("consume", "fruit", "-B", "-d", "--transforms", file, ...at());
    expect(older.code).toBe("SMDK_TRUST_DOWNGRADE");
    rmSync(lockPath);
    writeFileSync(file, "transforms:\n  - uses: acme/word-filter@0.1.0\n  - uses: acme/word-filter@0.2.0\n");
    for (let run = 0; run < 2; run++) {
      await home.ok(["consume", "fruit", "-B", "-d", "--transforms", file, ...at()], { env });
      expect(Object.keys(JSON.parse(readFileSync(lockPath, "utf8")).modules)).toEqual([
        "acme/word-filter",
        "acme/word-filter@0.1.0",
      ]);
    }
    writeFileSync(file, "transforms:\n  - uses: acme/word-filter@0.2.0\n");

    lock.modules["acme/word-filter"].digest = `sha256:${"0".repeat(64)}`;
    writeFileSync(lockPath, JSON.stringify(lock));
    const consume = ["consume", "fruit", "-B", "-d", "--transforms", file, ...at()];
    expect((await failure(...consume)).code).toBe("SMDK_LOCK_DIGEST");
    rmSync(lockPath);
    writeFileSync(
      join(folder, "smdk-trust.yaml"),
      `version: 1\ngroups:\n  acme:\n    signers: ["${"0".repeat(64)}"]\n`,
    );
    expect((await failure(...consume)).code).toBe("SMDK_TRUST_SIGNER");
    expect((await failure("produce", "fruit", "--transforms", file, ...at())).code).toBe("SMDK_TRUST_SIGNER");
    rmSync(join(folder, "smdk-trust.yaml"));
    writeFileSync(file, "transforms:\n  - uses: acme/nowhere@1.0.0\n");
    expect(await failure(...consume)).toMatchObject({
      code: "SMDK_HUB_NOT_FOUND",
      message: "acme/nowhere@1.0.0 is neither in the cluster nor on the hub",
    });
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
    // Who pinned, or trusts, the old key follows to the new one by the statement that the old one signed.
    const rules = home.path("old-key.yaml");
    writeFileSync(rules, `version: 1\ngroups:\n  acme:\n    signers: ["${publicKey}"]\n`);
    const lock = home.path("old-key.lock");
    const load = (...args: string[]) => [
      "load",
      ...args,
      "--lock-file",
      lock,
      "--cluster",
      cluster.scAddress,
    ];
    writeFileSync(lock, '{"version":1,"modules":{}}');
    await json(...load("acme/word-filter@0.2.0"));
    await json(...load("acme/word-filter@0.6.0", "--policy", rules));
    expect((await json("verify", "acme/word-filter@0.6.0", "--policy", rules)).ok).toBe(true);
    writeFileSync(
      rules,
      `version: 1\ndefault:\n  rotation: refuse\ngroups:\n  acme:\n    signers: ["${publicKey}"]\n`,
    );
    expect((await failure(...load("acme/word-filter@0.6.0", "--policy", rules))).code).toBe(
      "SMDK_TRUST_SIGNER",
    );
  });

  test("a colleague with a token and a key of their own publishes without a terminal, as CI does", async () => {
    const scopes = ["--scope", "read", "--scope", "publish"];
    const token = (await smdk("hub", "token", "--create", ...scopes, "--user", "ci", "--days", "2")).trim();
    await smdk("hub", "member", "acme", "ci", "--role", "member");
    const key = generateKey();
    const ci = {
      ...env,
      SMDK_HOME: home.path("ci"),
      HOME: home.path("ci"),
      CI: "true",
      SMDK_HUB_TOKEN: token,
    };
    const publish = async (...args: string[]) =>
      await home.run(["publish", "--json", ...args], {
        cwd: project,
        env: { ...ci, SMDK_SIGNING_KEY: key.secretPem() },
      });
    setVersion("0.6.1");
    const packed = JSON.parse((await publish("--pack")).stdout);
    const stranger = await publish("--ipkg", packed.path);
    expect(JSON.parse(stranger.stdout).error.code).toBe("SMDK_HUB_SIGNER");
    const { keys } = await json("hub", "key", "acme", "--add", key.publicKey);
    expect(keys).toContain(key.publicKey);
    const sent = await publish("--ipkg", packed.path);
    expect(JSON.parse(sent.stdout)).toMatchObject({ published: true, signer: key.publicKey });
    expect(sent.stdout + sent.stderr).not.toContain(token);

    // The fixtures cost fuel, which is on the module's page from then on.
    const { fuel } = JSON.parse(sent.stdout);
    expect(fuel).toMatchObject({ records: 5, perRecord: expect.any(Number) });
    expect(await smdk("hub", "show", "acme/word-filter@0.6.1")).toContain(`${fuel.perRecord} per record`);
    const headers = { authorization: `Bearer ${hub.adminToken}` };
    const page = await fetch(`${hub.url}/acme/word-filter/0.6.1`, { headers });
    expect(await page.text()).toContain(`${fuel.perRecord.toLocaleString("en-US")} per record`);

    await json("hub", "key", "acme", "--remove", key.publicKey);
    const [own] = await json("hub", "token", "--user", "ci");
    expect(own).toMatchObject({ user: "ci", scopes: ["read", "publish"] });
    await smdk("hub", "token", "--user", "ci", "--revoke", own.id);
    expect(JSON.parse((await publish("--ipkg", packed.path)).stdout).error.code).toBe(
      "SMDK_HUB_UNAUTHORIZED",
    );
    // A public package needs a yes, which nobody is there to give.
    const manifest = join(project, "SmartModule.toml");
    const before = readFileSync(manifest, "utf8");
    writeFileSync(manifest, before.replace('visibility = "private"', 'visibility = "public"'));
    expect((await failure("publish")).code).toBe("SMDK_PUBLISH_STOPPED");
    writeFileSync(manifest, before);
  });

  test("groups and the audit log are there to read", async () => {
    expect(await json("hub", "group")).toEqual([{ group: "acme", role: "owner" }]);
    const lines = await json("hub", "audit", "--group", "acme", "-n", "5");
    expect(lines).toHaveLength(5);
    expect(await json("hub", "audit", "-n", "1000")).toContainEqual(
      expect.objectContaining({ action: "revoke-token", user: "admin" }),
    );
    expect(await smdk("hub", "audit", "--group", "acme")).toMatch(/TIME +USER +ACTION +SUBJECT +OUTCOME/);
  });
});

describe("hub serve", () => {
  test("keeps the admin's token although the first start fails, and ends on an interrupt", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const dir = home.path("served");
    const serve = ["hub", "serve", "--dir", dir, "--json"];
    const failed = await home.run([...serve, "--port", String(port)]);
    expect([failed.code, JSON.parse(failed.stdout).error.code]).toEqual([1, "SMDK_CLI_PORT_IN_USE"]);
    taken.close();
    for (let start = 0; start < 2; start++) {
      let whoami: Promise<unknown> | undefined;
      const { code } = await home.run([...serve, "--port", "0"], {
        onOutput(text, kill) {
          if (whoami !== undefined || !text.includes("\n}")) return;
          const { url } = JSON.parse(text) as { url: string };
          whoami = whoIs(url, join(dir, "admin.token")).finally(() => kill("SIGINT"));
        },
      });
      expect(await whoami).toMatchObject({ user: "admin" });
      expect(code).toBe(0);
    }
    expect(statSync(join(dir, "admin.token")).mode & 0o777).toBe(0o600);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
  });

  test("says what is wrong with its certificate, and with its folder", async () => {
    const pem = home.path("no.pem");
    writeFileSync(pem, "no certificate\n");
    const serve = ["hub", "serve", "--json", "--port", "0", "--dir"];
    for (const wrong of [
      [home.path("tls"), "--tls-cert", pem, "--tls-key", pem],
      [join(pem, "hub")],
      [home.path("elsewhere"), "--host", "192.0.2.1"],
    ]) {
      const { code, stdout } = await home.run([...serve, ...wrong]);
      expect([code, JSON.parse(stdout).error.code], wrong.join(" ")).toEqual([3, "SMDK_CLI_CONFIG"]);
    }
    const twice = JSON.parse((await home.run([...serve, home.path("hub")])).stdout).error;
    expect(twice).toMatchObject({ code: "SMDK_DIR_LOCKED", hint: expect.stringContaining("stop the hub") });
    expect((await home.run(["hub", "list", "--hub", "ftp://hub.example"])).code).toBe(2);
  });
});

async function whoIs(url: string, tokenFile: string): Promise<unknown> {
  const authorization = `Bearer ${readFileSync(tokenFile, "utf8").trim()}`;
  return await (await fetch(`${url}/api/v1/whoami`, { headers: { authorization } })).json();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

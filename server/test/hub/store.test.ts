/** The store through its ends: restarts, damage, refusals, limits, signed indexes, pages of versions. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openIndex, sealRotation } from "@smdk/packages";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupKey, hubWithGroup, makePackage, strangeKey, type TestHub, testHub, wasm } from "./support.ts";

let it: TestHub;
beforeAll(async () => {
  it = await hubWithGroup();
});
afterAll(() => it.stop());

const put = async (hub: TestHub, name: string, version: string, change: object = {}): Promise<Response> =>
  await hub.call("PUT", `/api/v1/packages/acme/${name}/${version}`, {
    token: hub.admin,
    body: makePackage({ name, version, ...change }),
  });

describe("versions", () => {
  test("never change, are yanked instead of deleted, and tags point to them", async () => {
    for (const version of ["1.0.0", "1.2.0", "1.10.0", "2.0.0-rc.1"])
      expect((await put(it, "many", version)).status).toBe(201);
    expect((await put(it, "many", "1.0.0", { description: "changed" })).status).toBe(409);
    const shown = await it.json("GET", "/api/v1/packages/acme/many");
    expect(shown).toMatchObject({ latest: "1.10.0", versionCount: 4 });
    expect((shown["versions"] as { version: string }[]).map(({ version }) => version)).toEqual([
      "2.0.0-rc.1",
      "1.10.0",
      "1.2.0",
      "1.0.0",
    ]);

    await it.json("PUT", "/api/v1/packages/acme/many/1.10.0/yank", {
      token: it.admin,
      body: { reason: "loses records" },
    });
    expect(await it.json("GET", "/api/v1/packages/acme/many/latest")).toMatchObject({ version: "1.2.0" });
    expect(await it.json("GET", "/api/v1/packages/acme/many/1.10.0")).toMatchObject({
      yanked: { reason: "loses records" },
    });
    expect((await it.call("GET", "/api/v1/packages/acme/many/1.10.0/package")).status).toBe(200);

    await it.json("PUT", "/api/v1/packages/acme/many/tags/stable", {
      token: it.admin,
      body: { version: "1.0.0" },
    });
    expect(await it.json("GET", "/api/v1/packages/acme/many/stable")).toMatchObject({ version: "1.0.0" });
    const bad = await it.call("PUT", "/api/v1/packages/acme/many/tags/1.0.0", {
      token: it.admin,
      body: { version: "1.0.0" },
    });
    expect(bad.status).toBe(422);
  });

  test("names that look like others are refused", async () => {
    expect((await put(it, "json-sql", "1.0.0")).status).toBe(201);
    for (const name of ["json_sql", "jsonsql", "js0n-sql", "json-sq1"]) {
      const answer = await put(it, name, "1.0.0");
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ error: { code: "SMDK_HUB_LOOKALIKE" } });
    }
  });

  test("what is no SmartModule is refused with the fault's own code", async () => {
    const refuse = async (body: Uint8Array) => {
      const answer = await it.call("PUT", "/api/v1/packages/acme/bad/1.0.0", { token: it.admin, body });
      expect(answer.status).toBe(422);
      return ((await answer.json()) as { error: { code: string } }).error.code;
    };
    const own = { name: "bad", version: "1.0.0" };
    const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    expect(await refuse(makePackage({ ...own, wasm: Buffer.from("text") }))).toBe("SMDK_PKG_WASM");
    expect(await refuse(makePackage({ ...own, wasm: empty }))).toMatch(/SMDK_(ENGINE|PKG_ABI)/);
    expect(await refuse(wasm)).toMatch(/SMDK_PKG_TAR/);
    const flipped = makePackage(own).slice();
    flipped[600]! ^= 1;
    expect(await refuse(flipped)).toMatch(/SMDK_PKG_(HASH|SIGNATURE)/);
    expect(readdirSync(join(it.dir, "packages/acme"))).not.toContain("bad");
  });

  test("everything is there again after a restart, and leftovers are gone", async () => {
    const first = await hubWithGroup();
    await put(first, "kept", "1.0.0");
    await first.hub.close();
    const orphan = join(first.dir, "blobs/sha256/00", "0".repeat(64));
    const folder = join(first.dir, "packages/acme/kept");
    writeFileSync(join(folder, ".2.0.0.json.77-1.tmp"), "{half");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(orphan, ".."), { recursive: true });
    writeFileSync(orphan, "orphan");
    writeFileSync(join(first.dir, ".accounts.json.77-1.tmp"), "{half");
    const second = await testHub({ dir: first.dir });
    expect(await second.json("GET", "/api/v1/packages/acme/kept/1.0.0")).toMatchObject({ version: "1.0.0" });
    expect(second.hub.adminToken).toBeUndefined();
    expect(second.hub.key).toBe(first.hub.key);
    expect(readdirSync(folder)).toEqual(["1.0.0.json"]);
    expect(readdirSync(first.dir).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(() => statSync(orphan)).toThrow();
    await expect(testHub({ dir: first.dir })).rejects.toMatchObject({ code: "SMDK_DIR_LOCKED" });
    await second.stop();
  });

  test("a damaged file stops the start with its name", async () => {
    const first = await hubWithGroup();
    await put(first, "kept", "1.0.0");
    await first.hub.close();
    for (const file of ["packages/acme/kept/1.0.0.json", "accounts.json", "hub-key.json"]) {
      const path = join(first.dir, file);
      const before = readFileSync(path);
      writeFileSync(path, "{}");
      const refused = { code: "SMDK_HUB_STORE", message: expect.stringContaining(file) };
      await expect(testHub({ dir: first.dir })).rejects.toMatchObject(refused);
      writeFileSync(path, before);
    }
    await first.stop();
  });
});

describe("secrets", () => {
  test("tokens are nowhere in the store, and what is secret only its owner reads", async () => {
    const token = await it.user("carol");
    const files = readdirSync(it.dir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes(token), name).toBe(false);
      expect(readFileSync(join(parentPath, name)).includes(it.admin), name).toBe(false);
    }
    for (const name of ["accounts.json", "hub-key.json"])
      expect(statSync(join(it.dir, name)).mode & 0o777).toBe(0o600);
  });

  test("the audit log has a line for what was done and what was refused", async () => {
    const [file] = readdirSync(join(it.dir, "audit"));
    const lines = readFileSync(join(it.dir, "audit", file!), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({
        action: "publish",
        subject: "acme/many@1.0.0",
        outcome: "done",
        user: "admin",
      }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ action: "publish", outcome: "refused", detail: "SMDK_HUB_EXISTS" }),
    );
    expect(lines).toContainEqual(expect.objectContaining({ action: "yank", subject: "acme/many@1.10.0" }));
  });
});

describe("the signed index", () => {
  test("grows with every change and proves itself with the hub's key", async () => {
    const open = async (minRevision: number) =>
      openIndex(await it.json("GET", "/api/v1/groups/acme/index"), {
        group: "acme",
        hubKey: it.hub.key,
        minRevision,
        nowMs: Date.now(),
      });
    const before = await open(0);
    await put(it, "indexed", "1.0.0");
    const after = await open(before.revision);
    expect(after.revision).toBeGreaterThan(before.revision);
    expect(after.versions).toContainEqual(
      expect.objectContaining({ name: "indexed", version: "1.0.0", yanked: false }),
    );
    expect(Date.parse(after.expires)).toBeGreaterThan(Date.now());
  });

  test("leaves private versions to the group's members", async () => {
    await put(it, "quiet", "1.0.0", { visibility: "private" });
    const names = async (token?: string) => {
      const { payload } = (await it.json("GET", "/api/v1/groups/acme/index", { token })) as {
        payload: string;
      };
      return JSON.parse(Buffer.from(payload, "base64").toString()).versions.map(
        ({ name }: { name: string }) => name,
      );
    };
    expect(await names()).not.toContain("quiet");
    expect(await names(it.admin)).toContain("quiet");
  });
});

describe("keys", () => {
  test("a new key takes over when the old one signs it; the old one is over", async () => {
    const own = await hubWithGroup();
    const rotate = (envelope: object) =>
      own.call("POST", "/api/v1/groups/acme/keys", { token: own.admin, body: envelope });
    const statement = sealRotation("acme", groupKey, strangeKey);
    expect((await rotate({ ...statement, signatures: statement.signatures.slice(1) })).status).toBe(422);
    expect((await rotate(sealRotation("other", groupKey, strangeKey))).status).toBe(422);
    expect((await rotate(statement)).status).toBe(200);
    expect((await put(own, "x", "1.0.0")).status).toBe(403);
    expect((await put(own, "x", "1.0.0", { key: strangeKey })).status).toBe(201);
    expect((await rotate(sealRotation("acme", strangeKey, groupKey))).status).toBe(409);
    await own.stop();
  });
});

describe("limits", () => {
  test("too many requests of one sender get 429", async () => {
    const small = await testHub({ limits: { requestBurst: 5, requestsPerSecond: 0.001 } });
    const statuses = [];
    for (let i = 0; i < 7; i++) statuses.push((await small.call("GET", "/api/v1/packages")).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
    await small.stop();
  });

  test("a body above the limit gets 413, also when it does not say how long it is", async () => {
    const small = await hubWithGroup({ limits: { packageBytes: 100_000, requestBurst: 1e9 } });
    const path = "/api/v1/packages/acme/x/1.0.0";
    expect(
      (await small.call("PUT", path, { token: small.admin, body: new Uint8Array(200_000) })).status,
    ).toBe(413);
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) });
    const status = await fetch(`${small.hub.url}${path}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${small.admin}` },
      body: endless,
      duplex: "half",
    } as RequestInit).then(
      ({ status }) => status,
      () => 413,
    );
    expect(status).toBe(413);
    await small.stop();
  });
});

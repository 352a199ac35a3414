/** Transfers over a line that breaks, and registries that give tokens for passwords. */

import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, generateKey, packPackage, readPackage, sealIndex, smartModuleOf } from "@smdk/packages";
import { type Hub, startHub } from "@smdk/server";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { rustModule } from "./smdk.ts";

let dir: string;
let hub: Hub;
const key = generateKey();
const filler = randomBytes(9 * 1024 * 1024);

function makePackage(version: string, data: Uint8Array = filler): Uint8Array {
  const manifest = `params = []\n[package]\nname = "large"\ngroup = "acme"\nversion = "${version}"\napiVersion = "0.1.0"\n`;
  return packPackage(
    {
      meta: {
        package_format_version: "0.3",
        name: "large",
        version,
        group: "acme",
        description: "",
        license: "MIT",
        manifest: [],
        repository_url: null,
        tags: null,
        visibility: "private",
      },
      files: [
        { name: "SmartModule.toml", bytes: Buffer.from(manifest) },
        { name: "large.wasm", bytes: new Uint8Array(readFileSync(rustModule("filter_bytes_a"))) },
      ],
      extra: [{ name: "data.bin", bytes: data }],
    },
    key,
  );
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "smdk-transfer-"));
  vi.stubEnv("SMDK_HOME", join(dir, "home"));
  hub = await startHub({ dir: join(dir, "hub"), limits: { requestBurst: 1e9 } });
  vi.stubEnv("SMDK_HUB_TOKEN", hub.adminToken!);
  await fetch(`${hub.url}/api/v1/groups/acme`, {
    method: "PUT",
    headers: { authorization: `Bearer ${hub.adminToken}` },
    body: JSON.stringify({ pubkey: key.publicKey }),
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await hub?.close();
  rmSync(dir, { recursive: true, force: true });
});

/** A relay that cuts a connection after so many bytes in one direction; the number of cuts is bounded. */
async function brokenLine(
  bytesPerConnection: number,
  cuts: number,
): Promise<{ url: string; left: () => number; close: () => void }> {
  const { port } = new URL(hub.url);
  const server = createServer((client) => {
    const upstream = connect(Number(port), "127.0.0.1");
    let passed = 0;
    const count = (chunk: Buffer): void => {
      passed += chunk.length;
      if (passed > bytesPerConnection && cuts > 0) {
        cuts--;
        client.destroy();
        upstream.destroy();
      }
    };
    client.on("data", count);
    upstream.on("data", count);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream])
      socket.on("error", () => {
        client.destroy();
        upstream.destroy();
      });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => cuts,
    close: () => server.close(),
  };
}

test("a download goes on where the line broke", async () => {
  const ipkg = makePackage("1.0.0");
  const sent = await fetch(`${hub.url}/api/v1/packages/acme/large/1.0.0`, {
    method: "PUT",
    headers: { authorization: `Bearer ${hub.adminToken}` },
    body: ipkg as BodyInit,
  });
  expect(sent.status).toBe(201);
  const line = await brokenLine(3 * 1024 * 1024, 2);
  const { HubClient } = await import("../src/services/hub/client.ts");
  const seen: number[] = [];
  const wanted = { digest: digestOf(ipkg), size: ipkg.length };
  const path = "/api/v1/packages/acme/large/1.0.0/package";
  const bytes = await new HubClient(line.url).download(path, wanted, (count) => seen.push(count));
  line.close();
  expect(Buffer.from(bytes).equals(ipkg)).toBe(true);
  expect(line.left()).toBe(0);
  // It never began anew.
  expect(seen.every((count, i) => i === 0 || count >= seen[i - 1]!)).toBe(true);
});

test("a download that another run left goes on there, and a finished one is not fetched again", async () => {
  const ipkg = makePackage("1.0.0");
  const digest = digestOf(ipkg);
  const folder = join(dir, "home", "packages");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  const half = ipkg.subarray(0, 5_000_000);
  writeFileSync(join(folder, `${digest.slice(7)}.${pid}.part`), half);
  const { HubClient } = await import("../src/services/hub/client.ts");
  const seen: number[] = [];
  const get = (url: string) =>
    new HubClient(url).download(
      "/api/v1/packages/acme/large/1.0.0/package",
      { digest, size: ipkg.length },
      (count) => seen.push(count),
    );
  expect(Buffer.from(await get(hub.url)).equals(ipkg)).toBe(true);
  expect(seen[0]).toBeGreaterThan(half.length);
  expect(readdirSync(folder)).toEqual([digest.slice(7)]);
  expect(Buffer.from(await get("http://127.0.0.1:1")).equals(ipkg)).toBe(true);
  // What was changed on disk since then is not believed.
  writeFileSync(join(folder, digest.slice(7)), half);
  expect(Buffer.from(await get(hub.url)).equals(ipkg)).toBe(true);
});

test("a hub that sends more, or something else, than its index names is refused", async () => {
  const { HubClient } = await import("../src/services/hub/client.ts");
  const { fetchPackage, NO_RULES } = await import("../src/services/hub/fetch-package.ts");
  const real = makePackage("1.0.0");
  const path = "/api/v1/packages/acme/large/1.0.0/package";
  const client = new HubClient(hub.url);
  const digest = digestOf(Buffer.from("something else"));
  await expect(client.download(path, { digest, size: 1000 })).rejects.toMatchObject({
    code: "SMDK_INDEX_DIGEST",
  });
  const liar = createHttpServer((request, response) => {
    if (request.url?.endsWith("/package")) return response.end(makePackage("1.1.0"));
    if (request.url === "/api/v1") return response.end(JSON.stringify({ key: key.publicKey }));
    const version = { name: "large", version: "1.0.0", digest: digestOf(real), size: real.length };
    const index = {
      group: "acme",
      revision: 1,
      expires: new Date(Date.now() + 60_000).toISOString(),
      versions: [{ ...version, signer: key.publicKey, yanked: false }],
      tags: {},
    };
    return response.end(JSON.stringify(sealIndex(index, key)));
  }).listen(0, "127.0.0.1");
  await once(liar, "listening");
  rmSync(join(dir, "home", "packages"), { recursive: true, force: true });
  const { port } = liar.address() as AddressInfo;
  const fetched = fetchPackage(new HubClient(`http://127.0.0.1:${port}`), "acme/large@1.0.0", NO_RULES);
  await expect(fetched).rejects.toMatchObject({ code: "SMDK_INDEX_DIGEST" });
  liar.close();
});

test("a large package goes up in pieces, and goes on where the line broke", async () => {
  const ipkg = makePackage("1.1.0");
  const pkg = readPackage(ipkg);
  const line = await brokenLine(3 * 1024 * 1024, 2);
  const { pushPackage } = await import("../src/services/hub/oci.ts");
  await pushPackage(
    { base: line.url, repository: "acme/large", reference: "1.1.0" },
    ipkg,
    pkg,
    smartModuleOf(pkg),
    () => undefined,
    { password: hub.adminToken },
  );
  line.close();
  expect(line.left()).toBe(0);
  const shown = await fetch(`${hub.url}/api/v1/packages/acme/large/1.1.0`, {
    headers: { authorization: `Bearer ${hub.adminToken}` },
  });
  expect(await shown.json()).toMatchObject({ digest: pkg.digest });
});

test("a registry that gives tokens gets the password for one, and then the token", async () => {
  const asked: (string | undefined)[] = [];
  const registry: Server = createHttpServer((request, response) => {
    asked.push(`${request.url?.split("?")[0]} ${request.headers.authorization?.split(" ")[0]}`);
    if (request.url?.startsWith("/token")) {
      expect(new URL(request.url, "http://x").searchParams.get("scope")).toBe("repository:team/x:pull");
      response.end(JSON.stringify({ token: "abc" }));
    } else if (request.headers.authorization !== "Bearer abc") {
      const { port } = registry.address() as AddressInfo;
      response.writeHead(401, {
        "www-authenticate": `Bearer realm="http://127.0.0.1:${port}/token",service="r",scope="repository:team/x:pull"`,
      });
      response.end();
    } else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  await once(registry, "listening");
  const { port } = registry.address() as AddressInfo;
  const { parseOciReference, pullPackage } = await import("../src/services/hub/oci.ts");
  await expect(pullPackage(parseOciReference(`oci://127.0.0.1:${port}/team/x:1`))).rejects.toThrow(/404/);
  registry.close();
  expect(asked).toEqual([
    "/v2/team/x/manifests/1 undefined",
    "/token undefined",
    "/v2/team/x/manifests/1 Bearer",
  ]);
});

test("what a hub says cannot play tricks on a terminal", async () => {
  const evil = "\u001b[2J\u001b]0;title\u0007\u202egnp\r\nacme/fake@1.0.0  public";
  const { hubTable } = await import("../src/views/hub.ts");
  const shown = hubTable([
    {
      group: "acme",
      name: "x",
      latest: "1.0.0",
      kind: "filter",
      description: evil,
      visibility: "public",
      publishedAt: "2026-01-01",
    },
  ]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  expect(shown.split("\n")).toHaveLength(2);
  const liar = createHttpServer((_, response) => {
    response.writeHead(400).end(JSON.stringify({ error: { code: "SMDK_HUB_X", message: evil } }));
  }).listen(0, "127.0.0.1");
  await once(liar, "listening");
  const { HubClient } = await import("../src/services/hub/client.ts");
  const { port } = liar.address() as AddressInfo;
  const asked = new HubClient(`http://127.0.0.1:${port}`).json("GET", "/api/v1");
  await expect(asked).rejects.toThrow(/^\?\[2J\?\]0;title/);
  liar.close();
});

/** A server that is no hub of ours: `answer` says what it does. */
async function stranger(answer: RequestListener): Promise<{ host: string; close: () => void }> {
  const server = createHttpServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

test("a refusal without end is read no further than it is shown", async () => {
  let sent = 0;
  const liar = await stranger((_, response) => {
    response.writeHead(500);
    const more = (): void => {
      while (sent < 512 * 1024 * 1024) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536, 97))) break;
      }
    };
    response.on("drain", more);
    more();
  });
  const { HubClient } = await import("../src/services/hub/client.ts");
  const { parseOciReference, pullPackage } = await import("../src/services/hub/oci.ts");
  await expect(new HubClient(`http://${liar.host}`).json("GET", "/api/v1")).rejects.toThrow(/500/);
  await expect(pullPackage(parseOciReference(`oci://${liar.host}/a/b:1`))).rejects.toThrow(/500/);
  expect(sent).toBeLessThan(64 * 1024 * 1024);
  liar.close();
});

test("a hub that only a lock file names does not get the token of the environment", async () => {
  const asked: (string | undefined)[] = [];
  const liar = await stranger((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(401).end(JSON.stringify({ error: { code: "SMDK_HUB_UNAUTHORIZED", message: "no" } }));
  });
  const { fetchLocked, fetchNamed } = await import("../src/services/hub/named.ts");
  const { NO_RULES } = await import("../src/services/hub/fetch-package.ts");
  const entry = { version: "1.0.0", digest: `sha256:${"0".repeat(64)}`, signer: key.publicKey } as const;
  const hubUrl = `http://${liar.host}`;
  const lock = { version: 1, modules: { "acme/large": { ...entry, hub: hubUrl } } } as const;
  const rules = { ...NO_RULES, lock, lockPath: undefined };
  vi.stubEnv("SMDK_HUB", hub.url);
  const refused = await fetchLocked("acme/large", rules, { hub: undefined, quiet: true }).catch(
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ hint: expect.stringContaining("SMDK_HUB_TOKEN") });
  expect(new Set(asked)).toEqual(new Set([undefined]));
  // Named by the user it gets it.
  await fetchNamed("acme/large", rules, { hub: hubUrl, quiet: true }).catch(() => undefined);
  vi.stubEnv("SMDK_HUB", hubUrl);
  await fetchLocked("acme/large", rules, { hub: undefined, quiet: true }).catch(() => undefined);
  expect(asked.filter((header) => header === `Bearer ${hub.adminToken}`).length).toBeGreaterThan(1);
  vi.stubEnv("SMDK_HUB", "");
  liar.close();
});

test("all pages of a registry's tags are read, and only that registry's", async () => {
  const pages: Record<string, [string[], string | undefined]> = {
    "/v2/team/x/tags/list": [["1.0.0"], '</v2/team/x/tags/list?last=1.0.0&n=1>; rel="next"'],
    "/v2/team/x/tags/list?last=1.0.0&n=1": [["1.1.0"], '<?last=1.1.0>; rel="next"'],
    "/v2/team/x/tags/list?last=1.1.0": [["2.0.0"], '<http://127.0.0.1:1/v2/evil>; rel="next"'],
  };
  const registry = await stranger((request, response) => {
    const [tags, link] = pages[request.url!]!;
    response.writeHead(200, link === undefined ? {} : { link }).end(JSON.stringify({ name: "team/x", tags }));
  });
  const { parseOciReference, tagsAt } = await import("../src/services/hub/oci.ts");
  expect(await tagsAt(parseOciReference(`oci://${registry.host}/team/x:1`))).toEqual([
    "1.0.0",
    "1.1.0",
    "2.0.0",
  ]);
  registry.close();
});

test("a hub may allow packages larger than usual, up to what the client reads", async () => {
  const { examine, NO_RULES } = await import("../src/services/hub/fetch-package.ts");
  expect(examine(makePackage("9.0.0", Buffer.alloc(33 * 1024 * 1024)), NO_RULES).version).toBe("9.0.0");
  expect(() => examine(new Uint8Array(129 * 1024 * 1024), NO_RULES)).toThrow(/larger than/);
});

test("what the lock pins in a registry is what comes, wherever the tag points by now", async () => {
  const [pinned, later] = ["3.0.0", "3.1.0"].map((version) => makePackage(version, Buffer.from(version)));
  for (const [version, body] of [
    ["3.0.0", pinned],
    ["3.1.0", later],
  ] as const) {
    const sent = await fetch(`${hub.url}/api/v1/packages/acme/large/${version}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${hub.adminToken}` },
      body: body as BodyInit,
    });
    expect(sent.status).toBe(201);
  }
  const { fetchLocked } = await import("../src/services/hub/named.ts");
  const { NO_RULES } = await import("../src/services/hub/fetch-package.ts");
  const place = `${hub.url.replace("http", "oci")}/acme/large:3.1.0`;
  const rulesFor = (digest: `sha256:${string}`) => {
    const entry = { version: "3.0.0", digest, signer: key.publicKey, hub: place };
    return {
      ...NO_RULES,
      lock: { version: 1, modules: { "acme/large": entry } } as const,
      lockPath: undefined,
    };
  };
  const { rememberHub } = await import("../src/services/hub/settings.ts");
  rememberHub(hub.url, { token: hub.adminToken!, revisions: {} });
  const options = { hub: undefined, quiet: true };
  const found = await fetchLocked("acme/large", rulesFor(digestOf(pinned!)), options);
  expect(found).toMatchObject({ from: place, found: { version: "3.0.0" } });
  rememberHub(hub.url, { revisions: {} });
  // It is kept, so that the registry need not be there the next time.
  expect(await fetchLocked("acme/large", rulesFor(digestOf(pinned!)), options)).toBeDefined();
  // A lock file may name any registry, so what the environment holds is not for it.
  vi.stubEnv("SMDK_OCI_PASSWORD", hub.adminToken!);
  await expect(fetchLocked("acme/large", rulesFor(digestOf(later!)), options)).rejects.toMatchObject({
    exit: "denied",
    hint: expect.stringContaining("SMDK_OCI_PASSWORD"),
  });
  const { fetchNamed } = await import("../src/services/hub/named.ts");
  await fetchNamed(place, { ...NO_RULES, lockPath: undefined }, options);
  await expect(fetchLocked("acme/large", rulesFor(digestOf(later!)), options)).rejects.toMatchObject({
    code: "SMDK_LOCK_DIGEST",
  });
});

test("what a lock pins to a hub that is gone comes from the hub that is named instead", async () => {
  const moved = makePackage("4.0.0", Buffer.from("moved"));
  await fetch(`${hub.url}/api/v1/packages/acme/large/4.0.0`, {
    method: "PUT",
    headers: { authorization: `Bearer ${hub.adminToken}` },
    body: moved as BodyInit,
  });
  const { fetchLocked } = await import("../src/services/hub/named.ts");
  const { NO_RULES } = await import("../src/services/hub/fetch-package.ts");
  for (const gone of ["http://127.0.0.1:9", "oci://127.0.0.1:9/acme/large:4.0.0"]) {
    const entry = { version: "4.0.0", digest: digestOf(moved), signer: key.publicKey, hub: gone };
    const lock = { version: 1, modules: { "acme/large": entry } } as const;
    const rules = { ...NO_RULES, lock, lockPath: undefined };
    expect(await fetchLocked("acme/large", rules, { hub: hub.url, quiet: true })).toMatchObject({
      from: hub.url,
      found: { version: "4.0.0" },
    });
  }
});

test("a file that another process takes away meanwhile hinders no download", async () => {
  const { cachedPackage, keepPackage } = await import("../src/services/hub/package-cache.ts");
  const bytes = Buffer.from("some package");
  // What leads nowhere is for a reader the same as what was there a moment ago.
  mkdirSync(join(dir, "home", "packages"), { recursive: true });
  symlinkSync("nowhere", join(dir, "home", "packages", "gone.part"));
  await keepPackage(digestOf(bytes), bytes);
  expect(cachedPackage(digestOf(bytes))).toEqual(new Uint8Array(bytes));
});

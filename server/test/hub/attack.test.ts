/** What someone may try against a hub, from outside and from inside: each attempt is refused, and nothing else suffers. */
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import {
  digestOf,
  IPKG_TYPE,
  keyFromHex,
  openIndex,
  readPackage,
  sealGrant,
  sealRotation,
} from "@smdk/packages";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type HubEnv, nodeHubEnv } from "../../src/hub/env.ts";
import {
  groupKey,
  hubWithGroup,
  makePackage,
  strangeKey,
  type TestHub,
  temporaryDirectory,
  testHub,
  wasm,
} from "./support.ts";

const ociManifest = { "content-type": "application/vnd.oci.image.manifest.v1+json" };
let it: TestHub;
let member: string;
let other: string;
beforeAll(async () => {
  it = await hubWithGroup();
  member = await it.user("member", { acme: "member" });
  other = await it.user("other");
  await publish(it, { name: "open", version: "1.0.0" });
  await publish(it, { name: "hidden", version: "1.0.0", visibility: "private" });
});
afterAll(() => it.stop());

async function publish(
  hub: TestHub,
  change: Parameters<typeof makePackage>[0] & { name: string; version: string },
  token = hub.admin,
): Promise<number> {
  const path = `/api/v1/packages/acme/${change.name}/${change.version}`;
  return (await hub.call("PUT", path, { token, body: makePackage(change) })).status;
}

/** Pushes a package as an artifact of its own, as registries' clients would. */
async function pushPackage(repository: string, tag: string, ipkg: Uint8Array): Promise<Response> {
  const empty = Buffer.from("{}");
  for (const body of [empty, ipkg]) {
    const path = `/v2/${repository}/blobs/uploads/?digest=${digestOf(body)}`;
    expect((await it.call("POST", path, { token: member, body })).status).toBe(201);
  }
  const describe = (mediaType: string, bytes: Uint8Array) => ({
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
  });
  const manifest = {
    schemaVersion: 2,
    artifactType: IPKG_TYPE,
    config: describe("application/vnd.oci.empty.v1+json", empty),
    layers: [describe(IPKG_TYPE, ipkg)],
  };
  return await it.call("PUT", `/v2/${repository}/manifests/${tag}`, {
    token: member,
    body: JSON.stringify(manifest),
    headers: ociManifest,
  });
}

/** Sends bytes as they are and gives what comes back until the line is closed or quiet. */
async function raw(text: string | Uint8Array, quietMs = 1500): Promise<string> {
  const { hostname, port } = new URL(it.hub.url);
  return await new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setTimeout(quietMs, () => socket.destroy());
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

describe("names and paths", () => {
  test.each([
    "/api/v1/packages/acme%2Fhidden/1.0.0/package",
    "/api/v1/packages/acme/open%2F..%2Fhidden",
    "/api/v1/packages/acme/..%2f..%2faccounts.json/1.0.0",
    "/api/v1/packages/ACME/OPEN",
    "/api/v1/packages/acme/оpen",
    "/api/v1/packages/acme/open%00",
    "/api/v1/packages/__proto__/constructor",
    "/api/v1/packages/acme/open/__proto__",
    "/api/v1/groups/__proto__",
    "/api/v1/groups/constructor/index",
    "/hub/v0/../../accounts.json",
    "/v2/acme/..%2f..%2foci/tags/list",
    "/acme/%3Cscript%3E",
    "//accounts.json",
    "/%",
    "/acme/%ff%fe",
  ])("%s leads nowhere", async (path) => {
    const answer = await it.call("GET", path);
    const text = await answer.text();
    expect([400, 401, 404]).toContain(answer.status);
    expect(text).not.toContain("<script>");
    expect(text).not.toMatch(/\/(tmp|work|home)\//);
  });

  test.each(["api", "v2", "hub", "login", "__proto__", "-x", ":x", "A", "a/b", "", "а", "x".repeat(65)])(
    "nobody can have the group %j",
    async (group) => {
      const answer = await it.call("PUT", `/api/v1/groups/${encodeURIComponent(group)}`, {
        token: other,
        body: { pubkey: strangeKey.publicKey },
      });
      expect([403, 404, 422]).toContain(answer.status);
      expect(JSON.parse(readFileSync(join(it.dir, "accounts.json"), "utf8")).groups).toHaveProperty("acme");
    },
  );

  test.each(["acmé", "ac-me", "acrne", "a_c_m_e"])("nor one that looks like acme: %s", async (group) => {
    const answer = await it.call("PUT", `/api/v1/groups/${encodeURIComponent(group)}`, {
      token: other,
      body: { pubkey: strangeKey.publicKey },
    });
    expect([403, 422]).toContain(answer.status);
  });

  test("a tag of a private version is not told to others", async () => {
    await publish(it, { name: "open", version: "2.0.0-secret", visibility: "private" });
    await it.json("PUT", "/api/v1/packages/acme/open/tags/next", {
      token: it.admin,
      body: { version: "2.0.0-secret" },
    });
    for (const path of [
      "/api/v1/packages/acme/open",
      "/api/v1/groups/acme/index",
      "/v2/acme/open/tags/list",
    ]) {
      const shown = async (token?: string): Promise<string> => {
        const text = await (await it.call("GET", path, { token })).text();
        const { payload } = JSON.parse(text) as { payload?: string };
        return payload === undefined ? text : Buffer.from(payload, "base64").toString();
      };
      expect(await shown(member), path).toContain("next");
      for (const token of [undefined, other]) {
        expect(await shown(token), path).not.toContain("next");
        expect(await shown(token), path).not.toContain("secret");
      }
    }
    expect((await it.call("GET", "/api/v1/packages/acme/open/next")).status).toBe(404);
    expect((await it.call("GET", "/v2/acme/open/manifests/next")).status).toBe(404);
  });
});

describe("secrets", () => {
  test("a token in an address is no login, and neither answers nor logs repeat it", async () => {
    const lines: unknown[] = [];
    const log = (fields: object, message: string): void => {
      lines.push(JSON.stringify(fields), message);
    };
    const logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
    const loud = await testHub({ logger });
    for (const path of [
      "/api/v1/whoami",
      "/api/v1/packages/x/y",
      "/v2/x/y/tags/list",
      "/x/y",
      "/hub/v0/list",
    ]) {
      const answer = await loud.call("GET", `${path}?token=${loud.admin}&access_token=${loud.admin}`);
      expect(await answer.text()).not.toContain(loud.admin);
      expect(JSON.stringify([...answer.headers])).not.toContain(loud.admin);
    }
    expect(await loud.json("GET", `/api/v1/whoami?access_token=${loud.admin}`)).toMatchObject({ user: null });
    await loud.call("POST", "/hub/v0/action", { authorization: `Bearer ${loud.admin}x` });
    expect(lines.join("\n")).not.toContain(loud.admin);
    await loud.stop();
  });

  test.each([
    "Bearer",
    "Bearer ",
    "Basic !!!",
    `Basic ${Buffer.from("admin").toString("base64")}`,
    "Digest x",
    "Bearer smdk_",
    `Bearer ${"x".repeat(5000)}`,
    "Bearer __proto__",
    "smdka_e30.e30",
    "Bearer smdka_.",
  ])("%.30s is no one", async (authorization) => {
    for (const path of ["/api/v1/whoami", "/v2/", "/"]) {
      expect((await it.call("GET", path, { authorization })).status, path).toBe(401);
    }
  });
});

describe("browsers", () => {
  test.each<Record<string, string>>([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { origin: "http://evil.example" },
    { origin: "null" },
  ])("another site's page cannot change anything with a kept password: %j", async (headers) => {
    const authorization = `Basic ${Buffer.from(`admin:${it.admin}`).toString("base64")}`;
    const answer = await it.call("POST", "/api/v1/tokens", {
      authorization,
      headers: { ...headers, "content-type": "text/plain" },
      body: JSON.stringify({ scopes: ["read"] }),
    });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ error: { code: "SMDK_HUB_CROSS_SITE" } });
    const { origin } = new URL(it.hub.url);
    const own = await it.call("GET", "/api/v1/whoami", { authorization, headers: { origin } });
    expect(own.status).toBe(200);
    expect(own.headers.get("access-control-allow-origin")).toBeNull();
  });

  test("no answer of any face can run or be framed", async () => {
    const list = [
      "/",
      "/api/v1",
      "/v2/",
      "/hub/v0/list",
      "/none",
      "/acme/open",
      "/login",
      `/v2/acme/open/blobs/${digestOf(wasm)}`,
    ];
    for (const path of [
      ...list,
      "/api/v1/packages/acme/open/1.0.0/package",
      "/api/v1/packages/acme/open/1.0.0/provenance",
    ]) {
      const { headers } = await it.call("GET", path);
      expect(headers.get("content-security-policy"), path).toContain("default-src 'none'");
      expect(headers.get("content-security-policy"), path).toContain("frame-ancestors 'none'");
      expect(headers.get("x-content-type-options"), path).toBe("nosniff");
    }
  });

  test("what authors write is only ever text", async () => {
    const bad = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
    const params = `[[params]]\nname = ${JSON.stringify(bad)}\ndescription = ${JSON.stringify(bad)}\n\n`;
    const readme = `# ${bad}\n\n[a](https://x.example/"onmouseover="alert(1))\n\n[b](data:text/html,x)\n\n\`${bad}\`\n`;
    const made = { name: "markup", version: "1.0.0", description: bad, readme, params };
    expect(await publish(it, made)).toBe(201);
    await it.json("PUT", "/api/v1/packages/acme/markup/1.0.0/yank", {
      token: it.admin,
      body: { reason: bad },
    });
    for (const path of [
      "/acme/markup",
      "/?q=markup",
      "/acme/markup/1.0.0",
      `/?q=${encodeURIComponent(bad)}`,
    ]) {
      const html = (await (await it.call("GET", path)).text()).replace(/="[^"]*"/g, (text) =>
        /^="(javascript|data:text)/i.test(text) ? text : "",
      );
      expect(html).not.toMatch(/<script|<img|<[^>]*\son\w+\s*=|javascript:|href="data:text/i);
    }
  });
});

describe("lines and bodies", () => {
  const { host } = { host: "hub" };
  test.each<[string, string]>([
    [
      "two lengths",
      `POST /hub/v0/action HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
    ],
    [
      "a length and chunks",
      `POST /hub/v0/action HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/v1 HTTP/1.1\r\n\r\n`,
    ],
    [
      "chunks spelled oddly",
      `POST /hub/v0/action HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "a bare line feed in a header",
      `GET /api/v1 HTTP/1.1\r\nHost: ${host}\r\nX: a\nAuthorization: b\r\n\r\n`,
    ],
    [
      "headers of a megabyte",
      `GET /api/v1 HTTP/1.1\r\nHost: ${host}\r\nX: ${"a".repeat(1024 * 1024)}\r\n\r\n`,
    ],
    ["no HTTP at all", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n`],
  ])("%s are refused as a whole", async (_, text) => {
    const answer = await raw(text);
    expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d|$)/);
    expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
    expect((await it.call("GET", "/api/v1")).status).toBe(200);
  });

  test("large and deep JSON is refused before it costs anything", async () => {
    const paths: [string, string][] = [
      ["POST", "/api/v1/tokens"],
      ["PUT", "/api/v1/groups/acme"],
      ["POST", "/api/v1/groups/acme/keys"],
    ];
    for (const [method, path] of paths) {
      const send = async (body: string) => (await it.call(method, path, { token: it.admin, body })).status;
      expect(await send(" ".repeat(1024 * 1024))).toBe(413);
      expect(await send("[".repeat(8000))).toBe(400);
      expect([400, 422]).toContain(await send("[".repeat(4000) + "]".repeat(4000)));
      expect([400, 422]).toContain(
        await send(`{"__proto__":{"scopes":["site"]},"pubkey":"${"0".repeat(64)}x"}`),
      );
    }
    const deep = "[".repeat(100_000);
    const manifest = await it.call("PUT", "/v2/acme/open/manifests/x", {
      token: it.admin,
      body: deep,
      headers: ociManifest,
    });
    expect(manifest.status).toBe(400);
  });

  test("half an upload, then nothing: no version, no room taken, and the same version can be published", async () => {
    const ipkg = makePackage({ name: "half", version: "1.0.0" });
    const before = readdirSync(join(it.dir, "blobs"), { recursive: true }).length;
    const head = `PUT /api/v1/packages/acme/half/1.0.0 HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${it.admin}\r\nContent-Length: ${ipkg.length}\r\n\r\n`;
    await raw(Buffer.concat([Buffer.from(head), ipkg.subarray(0, 1000)]), 300);
    expect((await it.call("GET", "/api/v1/packages/acme/half")).status).toBe(404);
    expect(readdirSync(join(it.dir, "blobs"), { recursive: true }).length).toBe(before);
    expect(await publish(it, { name: "half", version: "1.0.0" })).toBe(201);
  });

  test("one who sends slowly loses the line, and others still get in meanwhile", async () => {
    const clock = nodeHubEnv().clock;
    // The hub's half minute is over in a moment.
    const env: HubEnv = {
      ...nodeHubEnv(),
      clock: {
        ...clock,
        setTimeout: (work, ms, how) => clock.setTimeout(work, ms === 30_000 ? 300 : ms, how),
      },
    };
    const small = await hubWithGroup({ env, limits: { uploads: 2, requestBurst: 1e9 } });
    const slow = await small.user("slow", { acme: "member" });
    const drip = (path: string): Promise<number> =>
      fetch(`${small.hub.url}${path}`, {
        method: "PUT",
        headers: { authorization: `Bearer ${slow}` },
        body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(10)) }),
        duplex: "half",
      } as RequestInit).then(
        ({ status }) => status,
        () => 0,
      );
    const drips = [1, 2, 3, 4].map((patch) => drip(`/api/v1/packages/acme/slow/1.0.${patch}`));
    expect(await publish(small, { name: "quick", version: "1.0.0" })).toBe(201);
    for (const status of await Promise.all(drips)) expect([408, 0]).toContain(status);
    expect(await publish(small, { name: "slow", version: "1.0.1" }, slow)).toBe(201);
    await small.stop();
  });

  test("one peer cannot take all connections", async () => {
    const { hostname, port } = new URL(it.hub.url);
    const open: Socket[] = [];
    const ended = { count: 0 };
    for (let i = 0; i < 300; i++) {
      const socket = connect({ host: hostname, port: Number(port), localAddress: "127.0.0.2" });
      socket.on("error", () => undefined).on("close", () => ended.count++);
      open.push(socket);
    }
    await expect.poll(() => ended.count).toBe(50);
    expect((await it.call("GET", "/api/v1")).status).toBe(200);
    for (const socket of open) socket.destroy();
  });

  test("a proxy's word about the sender counts only where there is one", async () => {
    for (const behindProxy of [false, true]) {
      const limits = { requestBurst: 2, requestsPerSecond: 0.001 };
      const small = await testHub({ behindProxy, limits });
      const ask = async (address: string) =>
        (await small.call("GET", "/api/v1", { headers: { "x-forwarded-for": address } })).status;
      const statuses = [];
      for (const address of ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.9.9.9, 10.0.0.1"]) {
        statuses.push(await ask(address));
      }
      expect(statuses).toEqual(behindProxy ? [200, 200, 200, 200] : [200, 200, 429, 429]);
      if (behindProxy) expect(await ask("10.9.9.9, 10.0.0.1")).toBe(429);
      await small.stop();
    }
  });

  test("IPv6 addresses of one network share a bucket", async () => {
    const { RateLimit } = await import("../../src/hub/http/rate-limit.ts");
    const { DEFAULT_HUB_LIMITS } = await import("../../src/hub/limits.ts");
    const limit = new RateLimit(nodeHubEnv().clock, {
      ...DEFAULT_HUB_LIMITS,
      requestsPerSecond: 0.001,
      requestBurst: 2,
    });
    const asked = [
      "2001:db8::1",
      "2001:db8:0:0:5::2",
      "2001:db8::3",
      "2001:db8:0:1::1",
      "::ffff:1.2.3.4",
      "::1",
    ];
    expect(asked.map((address) => limit.take(address) === undefined)).toEqual([
      true,
      true,
      false,
      true,
      true,
      true,
    ]);
  });
});

describe("publishing against one another", () => {
  test("of twenty publishers of one version one wins, and its bytes are what everyone gets", async () => {
    const bodies = Array.from({ length: 20 }, (_, i) =>
      makePackage({ name: "race", version: "1.0.0", description: `number ${i}` }),
    );
    const statuses = await Promise.all(
      bodies.map(async (body, i) => {
        const path = i % 2 === 0 ? "/api/v1/packages/acme/race/1.0.0" : "/hub/v0/pkg/pub/acme/race/1.0.0";
        if (i % 2 === 0)
          return (await it.call("PUT", path, { token: i % 4 ? member : it.admin, body })).status;
        const step = await it.call("POST", "/hub/v0/action", { token: member, body: { act: "pbl" } });
        return (await it.call("PUT", path, { authorization: await step.text(), body })).status;
      }),
    );
    expect(statuses.filter((status) => status === 200 || status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(19);
    const won = bodies[statuses.findIndex((status) => status < 300)]!;
    const got = await it.call("GET", "/api/v1/packages/acme/race/1.0.0/package");
    expect(Buffer.from(await got.arrayBuffer()).equals(won)).toBe(true);
  });

  test("of two names that look alike one wins, also when both come at once", async () => {
    const statuses = await Promise.all(
      ["twin-name", "twin_name", "tw1n-name", "twinname"].map((name) =>
        publish(it, { name, version: "1.0.0" }),
      ),
    );
    expect(statuses.sort()).toEqual([201, 409, 409, 409]);
  });

  test("a tag that another artifact has is not taken over by a version", async () => {
    const config = Buffer.from("{}");
    const repository = "acme/taken";
    await it.call("POST", `/v2/${repository}/blobs/uploads/?digest=${digestOf(config)}`, {
      token: member,
      body: config,
    });
    const descriptor = { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(config), size: 2 };
    const manifest = JSON.stringify({ schemaVersion: 2, config: descriptor, layers: [] });
    const put = await it.call("PUT", `/v2/${repository}/manifests/1.0.0`, {
      token: member,
      body: manifest,
      headers: ociManifest,
    });
    expect(put.status).toBe(201);
    expect(await publish(it, { name: "taken", version: "1.0.0" })).toBe(409);
    expect(await publish(it, { name: "taken", version: "1.0.1" })).toBe(201);
  });
});

describe("the registry's face", () => {
  test("a blob of a private repository cannot be mounted by others, nor found out about", async () => {
    const hidden = makePackage({ name: "hidden", version: "1.0.0", visibility: "private" });
    const digest = digestOf(hidden);
    await it.json("PUT", "/api/v1/groups/rivals", { token: other, body: { pubkey: strangeKey.publicKey } });
    for (const from of ["acme/hidden", "acme/open", "rivals/x", "acme/hidden/..", ""]) {
      const answer = await it.call("POST", `/v2/rivals/x/blobs/uploads/?mount=${digest}&from=${from}`, {
        token: other,
      });
      expect(answer.status, from).toBe(202);
    }
    expect((await it.call("HEAD", `/v2/rivals/x/blobs/${digest}`, { token: other })).status).toBe(404);
    const mine = await it.call("POST", `/v2/acme/copy/blobs/uploads/?mount=${digest}&from=acme/hidden`, {
      token: member,
    });
    expect(mine.status).toBe(201);
    // A manifest cannot name what was not uploaded there either.
    const layer = { mediaType: "application/octet-stream", digest, size: hidden.length };
    const manifest = JSON.stringify({ schemaVersion: 2, config: layer, layers: [layer] });
    expect(
      (
        await it.call("PUT", "/v2/rivals/x/manifests/v1", {
          token: other,
          body: manifest,
          headers: ociManifest,
        })
      ).status,
    ).toBe(404);
  });

  test("referrers of a private version, and what members pushed beside a public one, are the group's", async () => {
    const { oci } = (await it.json("GET", "/api/v1/packages/acme/hidden/1.0.0", { token: member })) as {
      oci: string;
    };
    for (const [token, status] of [
      [undefined, 401],
      [other, 404],
      [member, 200],
    ] as const) {
      for (const path of [`/v2/acme/hidden/referrers/${oci}`, `/v2/acme/hidden/manifests/${oci}`]) {
        expect((await it.call("GET", path, { token })).status, path).toBe(status);
      }
    }
    // Known by its digest, but asked for in a public repository.
    expect((await it.call("GET", `/v2/acme/open/manifests/${oci}`, { token: other })).status).toBe(404);
    const note = Buffer.from('{"note":1}');
    await it.call("POST", `/v2/acme/open/blobs/uploads/?digest=${digestOf(note)}`, {
      token: member,
      body: note,
    });
    expect((await it.call("GET", `/v2/acme/open/blobs/${digestOf(note)}`, { token: member })).status).toBe(
      200,
    );
    expect((await it.call("GET", `/v2/acme/open/blobs/${digestOf(note)}`, { token: other })).status).toBe(
      404,
    );
  });

  test("a package pushed to another repository than its own is refused and not published", async () => {
    const ipkg = makePackage({ name: "elsewhere", version: "1.0.0" });
    expect((await pushPackage("acme/wrong", "1.0.0", ipkg)).status).toBe(422);
    expect((await it.call("GET", "/api/v1/packages/acme/elsewhere")).status).toBe(404);
  });

  test("a package pushed under its version's tag is published, and the tag is its module", async () => {
    const ipkg = makePackage({ name: "tagged", version: "1.0.0" });
    for (const tag of ["1.0.0", "1.0.0", "v1"]) {
      expect((await pushPackage("acme/tagged", tag, ipkg)).status, tag).toBe(201);
    }
    const { oci } = await it.json("GET", "/api/v1/packages/acme/tagged/1.0.0");
    const head = await it.call("HEAD", "/v2/acme/tagged/manifests/1.0.0");
    expect(head.headers.get("docker-content-digest")).toBe(oci);
    const other = makePackage({ name: "tagged", version: "1.0.1" });
    expect((await pushPackage("acme/tagged", "1.0.0", other)).status).toBe(422);
    expect((await it.call("GET", "/api/v1/packages/acme/tagged/1.0.1")).status).toBe(404);
  });

  test("a megabyte of annotations stays in its manifest", async () => {
    const config = Buffer.from("{}");
    const path = `/v2/acme/noted/blobs/uploads/?digest=${digestOf(config)}`;
    await it.call("POST", path, { token: member, body: config });
    const subject = { mediaType: ociManifest["content-type"], digest: digestOf(Buffer.from("x")), size: 1 };
    const described = { mediaType: "application/x", digest: digestOf(config), size: 2 };
    for (const text of ["short", "x".repeat(900_000)]) {
      const manifest = { schemaVersion: 2, config: described, subject, annotations: { text } };
      const put = await it.call("PUT", `/v2/acme/noted/manifests/${text.slice(0, 5)}`, {
        token: member,
        body: JSON.stringify(manifest),
        headers: ociManifest,
      });
      expect(put.status).toBe(201);
    }
    const list = await it.call("GET", `/v2/acme/noted/referrers/${subject.digest}`, { token: member });
    const { manifests } = (await list.json()) as { manifests: { annotations?: object }[] };
    expect(manifests.map(({ annotations }) => annotations)).toEqual([{ text: "short" }, undefined]);
    expect(readFileSync(join(it.dir, "oci/acme%2Fnoted.json")).length).toBeLessThan(10_000);
  });

  test("the longest names are kept", async () => {
    const group = `g${":".repeat(63)}`;
    await it.json("PUT", `/api/v1/groups/${group}`, {
      token: it.admin,
      body: { pubkey: groupKey.publicKey },
    });
    const name = ":".repeat(64);
    const body = Buffer.from("{}");
    const path = `/v2/${group}/${name}/blobs/uploads/?digest=${digestOf(body)}`;
    expect((await it.call("POST", path, { token: it.admin, body })).status).toBe(201);
  });

  test("one user's uploads that do not end leave room for those of others", async () => {
    const begin = async (token: string): Promise<number> =>
      (await it.call("POST", "/v2/acme/open/blobs/uploads/", { token })).status;
    for (let i = 0; i < 100; i++) expect(await begin(member)).toBe(202);
    expect(await begin(it.admin)).toBe(202);
  });

  test("lists have pages, and each names the next", async () => {
    await publish(it, { name: "paged", version: "1.0.0" });
    for (const tag of ["a", "b", "c"]) {
      const path = `/api/v1/packages/acme/paged/tags/${tag}`;
      await it.json("PUT", path, { token: it.admin, body: { version: "1.0.0" } });
    }
    const pages = async (first: string): Promise<string[][]> => {
      const found: string[][] = [];
      for (let path: string | undefined = first; path !== undefined; ) {
        const answer: Response = await it.call("GET", path, { token: it.admin });
        const { tags, repositories } = (await answer.json()) as { tags?: string[]; repositories?: string[] };
        found.push((tags ?? repositories)!);
        path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
      }
      return found;
    };
    expect(await pages("/v2/acme/paged/tags/list?n=2")).toEqual([
      ["1.0.0", "a"],
      ["b", "c"],
    ]);
    expect(await pages("/v2/acme/paged/tags/list")).toEqual([["1.0.0", "a", "b", "c"]]);
    const repositories = await pages("/v2/_catalog?n=2");
    expect(repositories.length).toBeGreaterThan(2);
    expect(repositories.flat()).toEqual((await pages("/v2/_catalog")).flat());
  });

  test("a yanked version is in no list, but who names it still gets it", async () => {
    await publish(it, { name: "bad", version: "1.0.0" });
    await publish(it, { name: "bad", version: "1.1.0" });
    await it.json("PUT", "/api/v1/packages/acme/bad/1.1.0/yank", { token: member, body: { reason: "no" } });
    expect(await it.json("GET", "/v2/acme/bad/tags/list")).toMatchObject({ tags: ["1.0.0"] });
    const digestBehind = async (tag: string) =>
      (await it.call("HEAD", `/v2/acme/bad/manifests/${tag}`)).headers.get("docker-content-digest");
    expect(await digestBehind("latest")).toBe(await digestBehind("1.0.0"));
    expect(await digestBehind("1.1.0")).toMatch(/^sha256:/);
  });

  test("ranges, HEAD and conditions on every way to a package", async () => {
    const { size } = readPackage(makePackage({ name: "open", version: "1.0.0" }));
    const step = await it.call("POST", "/hub/v0/action", { body: { act: "dl" } });
    const action = await step.text();
    const { digest } = (await it.json("GET", "/api/v1/packages/acme/open/1.0.0")) as { digest: string };
    for (const [path, authorization] of [
      ["/api/v1/packages/acme/open/1.0.0/package", undefined],
      ["/hub/v0/pkg/pub/acme/open/1.0.0", action],
      [`/v2/acme/open/blobs/${digest}`, undefined],
    ] as const) {
      const ask = async (method: string, headers: Record<string, string> = {}) => {
        const answer = await it.call(method, path, { authorization, headers });
        return { answer, bytes: new Uint8Array(await answer.arrayBuffer()) };
      };
      const head = await ask("HEAD");
      expect([head.answer.status, head.bytes.length]).toEqual([200, 0]);
      expect(Number(head.answer.headers.get("content-length"))).toBe(size);
      const etag = head.answer.headers.get("etag")!;
      for (const [range, status, length] of [
        ["bytes=0-0", 206, 1],
        ["bytes=-5", 206, 5],
        [`bytes=${size - 1}-`, 206, 1],
        [`bytes=${size}-`, 416, 0],
        ["bytes=5-4", 416, 0],
        ["bytes=-0", 416, 0],
        ["bytes=0-1,3-4", 200, size],
        ["lines=1-2", 200, size],
        ["bytes=99999999999999999999-", 200, size],
      ] as const) {
        const { answer, bytes } = await ask("GET", { range });
        expect([range, answer.status, bytes.length]).toEqual([range, status, length]);
      }
      expect((await ask("GET", { "if-none-match": etag })).answer.status).toBe(304);
      expect((await ask("GET", { range: "bytes=0-0", "if-range": '"other"' })).answer.status).toBe(200);
    }
  });
});

describe("keys of a group", () => {
  const [third, fourth] = [keyFromHex("33".repeat(32)), keyFromHex("44".repeat(32))];

  test("several sign side by side; one that is taken away signs nothing more", async () => {
    const own = await hubWithGroup();
    const change = async (body: object, token = own.admin) =>
      (await own.call("POST", "/api/v1/groups/acme/keys", { token, body })).status;
    const { visitor } = { visitor: await own.user("visitor", { acme: "member" }) };
    const grant = sealGrant("acme", groupKey, strangeKey.publicKey);
    expect(await change(grant, visitor)).toBe(403);
    expect(await change(sealGrant("acme", strangeKey, third.publicKey))).toBe(403);
    expect(await change(grant)).toBe(200);
    expect(await publish(own, { name: "x", version: "1.0.0" })).toBe(201);
    expect(await publish(own, { name: "x", version: "1.0.1", key: strangeKey }, visitor)).toBe(201);
    expect(await publish(own, { name: "x", version: "1.0.2", key: third })).toBe(403);
    // A key that was granted may grant in its turn; the statements tell the whole way.
    expect(await change(sealGrant("acme", strangeKey, third.publicKey))).toBe(200);
    const remove = async (key: string) =>
      (await own.call("DELETE", `/api/v1/groups/acme/keys/${key}`, { token: own.admin })).status;
    expect(await remove(strangeKey.publicKey)).toBe(200);
    expect(await publish(own, { name: "x", version: "1.0.3", key: strangeKey })).toBe(403);
    expect(await change(grant)).toBe(409);
    // What it signed before stays, as do the statements by which readers find it.
    expect((await own.call("GET", "/api/v1/packages/acme/x/1.0.1/package")).status).toBe(200);
    expect(await remove(third.publicKey)).toBe(200);
    expect(await remove(groupKey.publicKey)).toBe(409);
    const shown = await own.json("GET", "/api/v1/groups/acme");
    expect(shown).toMatchObject({ keys: [groupKey.publicKey] });
    expect(shown.keyChanges).toHaveLength(2);
    await own.stop();
  });

  test("a statement that is mostly blanks is not kept", async () => {
    const own = await hubWithGroup();
    const value = { group: "acme", oldKey: groupKey.publicKey, newKey: strangeKey.publicKey };
    const payloadType = "application/vnd.smdk.key-grant+json";
    const payload = Buffer.from(JSON.stringify(value) + " ".repeat(100_000));
    const signed = Buffer.concat([
      Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `),
      payload,
    ]);
    const signature = {
      keyid: groupKey.publicKey,
      sig: Buffer.from(groupKey.sign(signed)).toString("base64"),
    };
    const body = { payloadType, payload: payload.toString("base64"), signatures: [signature] };
    const answer = await own.call("POST", "/api/v1/groups/acme/keys", { token: own.admin, body });
    expect(answer.status).toBe(413);
    expect(readFileSync(join(own.dir, "accounts.json")).length).toBeLessThan(10_000);
    await own.stop();
  });

  test("of two successors of one key only the first is taken, also when both come at once", async () => {
    const own = await hubWithGroup();
    const rotate = async (to: typeof third) =>
      (
        await own.call("POST", "/api/v1/groups/acme/keys", {
          token: own.admin,
          body: sealRotation("acme", groupKey, to),
        })
      ).status;
    expect((await Promise.all([rotate(third), rotate(fourth)])).sort()).toEqual([200, 403]);
    expect(await rotate(strangeKey)).toBe(403);
    await own.stop();
  });
});

describe("when the machine fails", () => {
  test("a full disk is said to be full, leaves nothing behind, and is no loss once there is room", async () => {
    let full = "";
    const real = nodeHubEnv();
    const env: HubEnv = {
      ...real,
      disk: {
        ...real.disk,
        async writeFileAtomic(path, content, options) {
          if (full !== "" && path.includes(full)) {
            throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
          }
          await real.disk.writeFileAtomic(path, content, options);
        },
      },
    };
    const small = await hubWithGroup({ env });
    const files = () =>
      readdirSync(small.dir, { recursive: true }).filter((name) => /[0-9a-f]{64}/.test(String(name)));
    for (const place of ["packages/acme", "blobs/sha256"]) {
      const before = files();
      full = place;
      const answer = await small.call("PUT", "/api/v1/packages/acme/x/1.0.0", {
        token: small.admin,
        body: makePackage({ name: "x", version: "1.0.0" }),
      });
      expect(answer.status).toBe(507);
      expect(await answer.json()).toMatchObject({ error: { code: "SMDK_HUB_FULL" } });
      expect(files()).toEqual(before);
      expect((await small.call("GET", "/api/v1/packages/acme/x")).status).toBe(404);
    }
    full = "";
    expect(await publish(small, { name: "x", version: "1.0.0" })).toBe(201);
    const claim = async (): Promise<number> => {
      const body = { pubkey: strangeKey.publicKey };
      return (await small.call("PUT", "/api/v1/groups/rivals", { token: small.admin, body })).status;
    };
    full = "accounts.json";
    expect(await claim()).toBe(507);
    full = "";
    expect(await claim()).toBe(201);
    await small.stop();
  });

  test("a clock that was set back or forth makes no index that was never true", async () => {
    const real = nodeHubEnv();
    let skew = 0;
    const env: HubEnv = { ...real, clock: { ...real.clock, nowMs: () => Date.now() + skew } };
    const skewed = await hubWithGroup({ env, dir: temporaryDirectory() });
    await publish(skewed, { name: "x", version: "1.0.0" });
    const open = async (nowMs: number, minRevision = 0) =>
      openIndex(await skewed.json("GET", "/api/v1/groups/acme/index"), {
        group: "acme",
        hubKey: skewed.hub.key,
        minRevision,
        nowMs,
      });
    const hour = 3_600_000;
    const first = await open(Date.now());
    // A reader whose clock is half a day off can still use it; a day later it proves nothing.
    await open(Date.now() + 11 * hour);
    await open(Date.now() - 11 * hour);
    await expect(open(Date.now() + 25 * hour)).rejects.toMatchObject({ code: "SMDK_INDEX_EXPIRED" });
    skew = 13 * hour;
    expect(Date.parse((await open(Date.now() + skew)).expires)).toBeGreaterThan(Date.parse(first.expires));
    skew = -13 * hour;
    await expect(open(Date.now(), first.revision + 1)).rejects.toMatchObject({ code: "SMDK_INDEX_ROLLBACK" });
    await skewed.stop();
  });
});

describe("the audit log", () => {
  test("tells owners about their group and the site's people about all, refusals too", async () => {
    expect(
      (await it.call("PUT", "/api/v1/packages/acme/open/1.0.0/yank", { token: other, body: {} })).status,
    ).toBe(403);
    const lines = async (path: string, token: string) =>
      ((await it.json("GET", path, { token })).lines as {
        action: string;
        user: string;
        subject: string;
      }[]) ?? [];
    const all = await lines("/api/v1/audit?limit=1000", it.admin);
    expect(all).toContainEqual(
      expect.objectContaining({
        action: "denied",
        user: "other",
        outcome: "refused",
        subject: expect.stringContaining("/yank"),
      }),
    );
    expect(all).toContainEqual(expect.objectContaining({ action: "create-user", subject: "other" }));
    const own = await lines("/api/v1/audit?group=acme&limit=1000", it.admin);
    expect(own.length).toBeGreaterThan(5);
    for (const { subject } of own) expect(subject).toMatch(/^acme([ /]|$)/);
    expect(own[0]).toMatchObject({ time: expect.stringMatching(/^\d{4}-/) });
    expect(JSON.stringify(all)).not.toContain(it.admin);
  });
});

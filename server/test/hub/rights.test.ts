/** Who may do what: every request of all three faces, sent by every kind of user. */
import { digestOf } from "@smdk/packages";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupKey, hubWithGroup, makePackage, strangeKey, type TestHub, wasm } from "./support.ts";

const people = ["anonymous", "reader", "member", "owner", "other"] as const;
type Person = (typeof people)[number];

let it: TestHub;
const tokens: Partial<Record<Person, string>> = {};
const digest = digestOf(wasm);
let serial = 0;

beforeAll(async () => {
  it = await hubWithGroup();
  tokens.reader = await it.user("reader", { acme: "reader" });
  tokens.member = await it.user("member", { acme: "member" });
  tokens.owner = await it.user("owner", { acme: "owner" });
  tokens.other = await it.user("other");
  await it.user("guest");
  await it.json("PUT", "/api/v1/groups/rivals", {
    token: tokens.other,
    body: { pubkey: strangeKey.publicKey },
  });
  for (const [name, visibility] of [
    ["open", "public"],
    ["hidden", "private"],
  ] as const) {
    await it.json("PUT", `/api/v1/packages/acme/${name}/1.0.0`, {
      token: it.admin,
      body: makePackage({ name, version: "1.0.0", visibility }),
    });
  }
});
afterAll(() => it.stop());

type Expected = Record<Person, number>;
interface Row {
  method: string;
  path: string | (() => string);
  expected: Expected;
  body?: () => Uint8Array | object | string;
  /** Action of `hub/v0`: the token is exchanged first. */
  act?: string;
}

const all = (status: number): Expected => ({
  anonymous: status,
  reader: status,
  member: status,
  owner: status,
  other: status,
});
/** Private things: the group's people see them, others are told there is nothing. */
const seen = (status = 200, outsider = 404, unknown = 404): Expected => ({
  anonymous: unknown,
  reader: status,
  member: status,
  owner: status,
  other: outsider,
});
const members = (status: number): Expected => ({
  anonymous: 401,
  reader: 403,
  member: status,
  owner: status,
  other: 403,
});
const owners = (status: number): Expected => ({
  anonymous: 401,
  reader: 403,
  member: 403,
  owner: status,
  other: 403,
});
const users = (status: number): Expected => ({ ...all(status), anonymous: 401 });

const v0 = (name: string): string => `/hub/v0/pkg/pub/acme/${name}/1.0.0`;
const pkg = (name: string): string => `/api/v1/packages/acme/${name}`;
const newPackage = (): { name: string; version: string } => ({ name: "open", version: `2.0.${++serial}` });
let fresh = newPackage();
const freshPath = (prefix: string) => (): string => {
  fresh = newPackage();
  return `${prefix}/acme/${fresh.name}/${fresh.version}`;
};
const freshBody = (): Uint8Array => makePackage(fresh);

const rows: Row[] = [
  // hub/v0
  { method: "GET", path: "/hub/v0/list", act: "list", expected: all(200) },
  { method: "GET", path: "/hub/v0/list_with_meta", act: "lwm", expected: all(200) },
  { method: "GET", path: v0("open"), act: "dl", expected: all(200) },
  { method: "GET", path: v0("hidden"), act: "dl", expected: seen() },
  { method: "PUT", path: freshPath("/hub/v0/pkg/pub"), act: "pbl", body: freshBody, expected: members(200) },
  {
    method: "PUT",
    path: "/hub/v0/hubid",
    act: "chid",
    body: () => ({ hubid: "acme", pubkey: groupKey.publicKey }),
    expected: { anonymous: 401, reader: 403, member: 403, owner: 200, other: 403 },
  },
  { method: "GET", path: "/hub/v0/connector/list", expected: all(200) },
  // JSON, reading
  { method: "GET", path: "/api/v1", expected: all(200) },
  { method: "GET", path: "/api/v1/whoami", expected: all(200) },
  { method: "GET", path: "/api/v1/packages", expected: all(200) },
  { method: "GET", path: "/api/v1/packages?q=hidden", expected: all(200) },
  { method: "GET", path: pkg("open"), expected: all(200) },
  { method: "GET", path: pkg("hidden"), expected: seen() },
  { method: "GET", path: `${pkg("open")}/1.0.0`, expected: all(200) },
  { method: "GET", path: `${pkg("hidden")}/1.0.0`, expected: seen() },
  { method: "GET", path: `${pkg("hidden")}/latest`, expected: seen() },
  { method: "GET", path: `${pkg("open")}/1.0.0/package`, expected: all(200) },
  { method: "GET", path: `${pkg("hidden")}/1.0.0/package`, expected: seen() },
  { method: "GET", path: `${pkg("hidden")}/1.0.0/provenance`, expected: seen() },
  { method: "GET", path: `${pkg("hidden")}/1.0.0/sbom`, expected: all(404) },
  { method: "GET", path: "/api/v1/groups/acme", expected: all(200) },
  { method: "GET", path: "/api/v1/groups/acme/index", expected: all(200) },
  { method: "GET", path: "/api/v1/groups/rivals/index", expected: { ...all(404), other: 200 } },
  // JSON, writing
  { method: "PUT", path: freshPath("/api/v1/packages"), body: freshBody, expected: members(201) },
  {
    method: "PUT",
    path: `${pkg("hidden")}/1.0.0/yank`,
    body: () => ({ reason: "test" }),
    expected: members(200),
  },
  { method: "DELETE", path: `${pkg("hidden")}/1.0.0/yank`, expected: members(200) },
  {
    method: "PUT",
    path: `${pkg("hidden")}/tags/stable`,
    body: () => ({ version: "1.0.0" }),
    expected: members(200),
  },
  { method: "DELETE", path: `${pkg("hidden")}/tags/stable`, expected: members(200) },
  {
    method: "PUT",
    path: "/api/v1/groups/acme",
    body: () => ({ pubkey: groupKey.publicKey }),
    expected: { anonymous: 401, reader: 403, member: 403, owner: 200, other: 403 },
  },
  { method: "POST", path: "/api/v1/groups/acme/keys", body: () => ({}), expected: owners(422) },
  { method: "DELETE", path: "/api/v1/groups/acme/keys/none", expected: owners(404) },
  {
    method: "PUT",
    path: "/api/v1/groups/acme/members/guest",
    body: () => ({ role: "reader" }),
    expected: owners(200),
  },
  { method: "DELETE", path: "/api/v1/groups/acme/members/guest", expected: owners(200) },
  {
    method: "POST",
    path: "/api/v1/users",
    body: () => ({ user: "new" }),
    expected: { ...all(403), anonymous: 401 },
  },
  { method: "GET", path: "/api/v1/tokens", expected: users(200) },
  { method: "POST", path: "/api/v1/tokens", body: () => ({ scopes: ["read"] }), expected: users(201) },
  {
    method: "POST",
    path: "/api/v1/tokens",
    body: () => ({ scopes: ["site"] }),
    expected: { ...all(403), anonymous: 401 },
  },
  {
    method: "POST",
    path: "/api/v1/tokens",
    body: () => ({ scopes: ["read"], user: "admin" }),
    expected: { ...all(403), anonymous: 401 },
  },
  { method: "DELETE", path: "/api/v1/tokens/0000", expected: users(404) },
  { method: "GET", path: "/api/v1/tokens?user=admin", expected: { ...all(403), anonymous: 401 } },
  { method: "DELETE", path: "/api/v1/tokens/0000?user=admin", expected: { ...all(403), anonymous: 401 } },
  { method: "GET", path: "/api/v1/groups", expected: users(200) },
  { method: "GET", path: "/api/v1/audit", expected: { ...all(403), anonymous: 401 } },
  { method: "GET", path: "/api/v1/audit?group=acme", expected: owners(200) },
  // The registry: who is unknown is asked to log in where nothing may be seen.
  { method: "GET", path: "/v2/", expected: all(200) },
  { method: "GET", path: "/v2/_catalog", expected: all(200) },
  { method: "GET", path: "/v2/acme/open/tags/list", expected: all(200) },
  { method: "GET", path: "/v2/acme/hidden/tags/list", expected: seen(200, 404, 401) },
  { method: "GET", path: "/v2/acme/open/manifests/1.0.0", expected: all(200) },
  { method: "GET", path: "/v2/acme/hidden/manifests/1.0.0", expected: seen(200, 404, 401) },
  { method: "HEAD", path: "/v2/acme/hidden/manifests/1.0.0", expected: seen(200, 404, 401) },
  { method: "GET", path: `/v2/acme/open/blobs/${digest}`, expected: all(200) },
  { method: "GET", path: `/v2/acme/hidden/blobs/${digest}`, expected: seen(200, 404, 401) },
  { method: "GET", path: `/v2/acme/hidden/referrers/${digest}`, expected: seen(200, 404, 401) },
  { method: "POST", path: "/v2/acme/hidden/blobs/uploads/", expected: members(202) },
  {
    method: "POST",
    path: `/v2/acme/hidden/blobs/uploads/?digest=${digestOf(Buffer.from("x"))}`,
    body: () => "x",
    expected: members(201),
  },
  { method: "GET", path: "/v2/acme/hidden/blobs/uploads/none", expected: members(404) },
  { method: "PATCH", path: "/v2/acme/hidden/blobs/uploads/none", body: () => "x", expected: members(404) },
  { method: "PUT", path: "/v2/acme/hidden/blobs/uploads/none", body: () => "x", expected: members(404) },
  { method: "DELETE", path: "/v2/acme/hidden/blobs/uploads/none", expected: members(404) },
  { method: "PUT", path: "/v2/acme/hidden/manifests/x", body: () => "{", expected: members(400) },
  { method: "DELETE", path: "/v2/acme/hidden/manifests/1.0.0", expected: members(405) },
  { method: "DELETE", path: `/v2/acme/hidden/blobs/${digest}`, expected: members(405) },
  // Pages
  { method: "GET", path: "/", expected: all(200) },
  { method: "GET", path: "/?q=hidden", expected: all(200) },
  { method: "GET", path: "/acme/open", expected: all(200) },
  { method: "GET", path: "/acme/hidden", expected: seen() },
  { method: "GET", path: "/acme/hidden/1.0.0", expected: seen() },
  { method: "GET", path: "/login", expected: { ...all(302), anonymous: 401 } },
];

async function send(row: Row, person: Person): Promise<number> {
  const path = typeof row.path === "function" ? row.path() : row.path;
  const token = tokens[person];
  const body = row.body?.();
  if (row.act === undefined) {
    // What only older clients ask for carries no token of ours.
    const asked = path.startsWith("/hub/v0/") ? undefined : token;
    return (await it.call(row.method, path, { token: asked, body })).status;
  }
  const step = await it.call("POST", "/hub/v0/action", { token, body: { act: row.act } });
  if (step.status !== 200) return step.status;
  return (await it.call(row.method, path, { authorization: await step.text(), body })).status;
}

const table = rows.flatMap((row) =>
  people.map((person): [string, Person, Row] => [
    `${row.method} ${typeof row.path === "string" ? row.path : "a new version"}${row.act ? ` (${row.act})` : ""}`,
    person,
    row,
  ]),
);

describe("rights", () => {
  test.each(table)("%s by %s", async (_, person, row) => {
    expect(await send(row, person)).toBe(row.expected[person]);
  });

  test("a list never names what may not be seen", async () => {
    for (const path of [
      "/api/v1/packages?limit=100",
      "/api/v1/packages?q=hidden",
      "/v2/_catalog",
      "/",
      "/?q=hidden",
      "/api/v1/groups/acme/index",
    ]) {
      for (const person of ["anonymous", "other"] as const) {
        const text = await (await it.call("GET", path, { token: tokens[person] })).text();
        const shown = path.endsWith("index")
          ? Buffer.from(JSON.parse(text).payload, "base64").toString()
          : text;
        expect(
          shown
            .replaceAll('value="hidden"', "")
            .replaceAll("aria-hidden", "")
            .replaceAll("Search: hidden", ""),
          `${path} for ${person}`,
        ).not.toContain("hidden");
      }
    }
  });

  test("a token without a scope cannot do what its user may", async () => {
    const { token } = await it.json("POST", "/api/v1/tokens", {
      token: tokens.owner,
      body: { scopes: ["read"] },
    });
    const reader = token as string;
    expect((await it.call("GET", pkg("hidden"), { token: reader })).status).toBe(200);
    expect((await it.call("PUT", `${pkg("hidden")}/1.0.0/yank`, { token: reader, body: {} })).status).toBe(
      403,
    );
    expect(
      (await it.call("POST", "/api/v1/tokens", { token: reader, body: { scopes: ["read"] } })).status,
    ).toBe(403);
    const { token: writer } = await it.json("POST", "/api/v1/tokens", {
      token: tokens.owner,
      body: { scopes: ["publish"] },
    });
    expect((await it.call("GET", pkg("hidden"), { token: writer as string })).status).toBe(404);
  });

  test("a revoked token, and the action tokens made with it, are over", async () => {
    const { token } = await it.json("POST", "/api/v1/tokens", {
      token: tokens.owner,
      body: { scopes: ["read", "publish"] },
    });
    const own = token as string;
    const step = await it.call("POST", "/hub/v0/action", { token: own, body: { act: "dl" } });
    const action = await step.text();
    expect((await it.call("GET", v0("hidden"), { authorization: action })).status).toBe(200);
    const { tokens: list } = await it.json("GET", "/api/v1/tokens", { token: tokens.owner });
    const last = (list as { id: string }[]).at(-1)!;
    await it.json("DELETE", `/api/v1/tokens/${last.id}`, { token: tokens.owner });
    expect((await it.call("GET", pkg("hidden"), { token: own })).status).toBe(401);
    expect((await it.call("GET", v0("hidden"), { authorization: action })).status).toBe(401);
  });
});

/** `hub/v0` as the reference describes it: the requests here are written from that alone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groupKey, makePackage, strangeKey, type TestHub, testHub } from "./support.ts";

let it: TestHub;
let alice: string;
let bob: string;

beforeAll(async () => {
  it = await testHub();
  alice = await it.user("alice");
  bob = await it.user("bob");
});
afterAll(() => it.stop());

async function actionToken(act: string, authorization?: string): Promise<Response> {
  return await it.call("POST", "/hub/v0/action", {
    authorization,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ act }),
  });
}

/** The two steps of every request: an action token, then the call with it as the bare header. */
async function act(
  action: string,
  token: string | undefined,
  method: string,
  path: string,
  body?: Uint8Array | object,
) {
  const step = await actionToken(action, token && `Bearer ${token}`);
  expect(step.status).toBe(200);
  return await it.call(method, path, { authorization: await step.text(), body });
}

describe("action tokens", () => {
  test.each(["list", "lwm", "dl", "bpkg-get"])("%s is given to anyone", async (action) => {
    const answer = await actionToken(action);
    expect(answer.status).toBe(200);
    expect((await answer.text()).length).toBeGreaterThan(10);
  });

  test.each(["chid", "pbl"])("%s needs a login", async (action) => {
    expect((await actionToken(action)).status).toBe(401);
    expect((await actionToken(action, "Bearer nobody")).status).toBe(401);
    expect((await actionToken(action, `Bearer ${alice}`)).status).toBe(200);
  });

  test("older credentials come without a scheme", async () => {
    expect((await actionToken("pbl", alice)).status).toBe(200);
  });

  test("an unknown action, and a body that is none, are refused", async () => {
    expect((await actionToken("everything", `Bearer ${alice}`)).status).toBe(400);
    expect((await it.call("POST", "/hub/v0/action", { body: "{" })).status).toBe(400);
  });

  test("a token is good for its own action only, and only as it was given", async () => {
    const token = await (await actionToken("list", `Bearer ${alice}`)).text();
    expect((await it.call("PUT", "/hub/v0/hubid", { authorization: token, body: {} })).status).toBe(401);
    expect((await it.call("GET", "/hub/v0/list", { authorization: `${token.slice(0, -2)}AA` })).status).toBe(
      401,
    );
    expect((await it.call("GET", "/hub/v0/list", { authorization: alice })).status).toBe(401);
    expect((await it.call("GET", "/hub/v0/list")).status).toBe(401);
  });
});

describe("hub ids, publishing, lists and downloads", () => {
  const ipkg = makePackage();

  test("a hub id is created (201), set again (200), and refused to others (403)", async () => {
    const body = { hubid: "acme", pubkey: groupKey.publicKey };
    expect((await act("chid", alice, "PUT", "/hub/v0/hubid", body)).status).toBe(201);
    expect((await act("chid", alice, "PUT", "/hub/v0/hubid", body)).status).toBe(200);
    expect((await act("chid", bob, "PUT", "/hub/v0/hubid", body)).status).toBe(403);
    expect((await it.call("PUT", "/hub/v0/hubid", { body })).status).toBe(401);
    const other = { hubid: "acme", pubkey: strangeKey.publicKey };
    expect((await act("chid", alice, "PUT", "/hub/v0/hubid", other)).status).toBe(403);
    const lookalike = { hubid: "ac-me", pubkey: strangeKey.publicKey };
    expect((await act("chid", bob, "PUT", "/hub/v0/hubid", lookalike)).status).toBe(403);
  });

  test("publishing: 401 without login, 403 for others, 200, then 409", async () => {
    const path = "/hub/v0/pkg/pub/acme/word-filter/0.1.0";
    expect((await it.call("PUT", path, { body: ipkg })).status).toBe(401);
    expect((await act("pbl", bob, "PUT", path, ipkg)).status).toBe(403);
    expect((await act("pbl", alice, "PUT", path, ipkg)).status).toBe(200);
    expect((await act("pbl", alice, "PUT", path, ipkg)).status).toBe(409);
  });

  test("what is published must be what the address says, and signed by the group", async () => {
    const path = "/hub/v0/pkg/pub/acme/word-filter/0.2.0";
    const wrong = await act("pbl", alice, "PUT", path, ipkg);
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toMatch(/the address says 0\.2\.0/);
    const foreign = await act("pbl", alice, "PUT", path, makePackage({ version: "0.2.0", key: strangeKey }));
    expect(foreign.status).toBe(403);
    expect(await foreign.text()).toMatch(/no key of the group/);
  });

  test("the lists", async () => {
    await act(
      "pbl",
      alice,
      "PUT",
      "/hub/v0/pkg/pub/acme/secret/1.0.0",
      makePackage({ name: "secret", version: "1.0.0", visibility: "private" }),
    );
    const names = async (token?: string) =>
      ((await (await act("list", token, "GET", "/hub/v0/list")).json()) as { packages: string[] }).packages;
    expect(await names()).toEqual(["acme/word-filter@0.1.0"]);
    expect(await names(bob)).toEqual(["acme/word-filter@0.1.0"]);
    expect(await names(alice)).toEqual(["acme/secret@1.0.0", "acme/word-filter@0.1.0"]);
    const meta = (await (await act("lwm", undefined, "GET", "/hub/v0/list_with_meta?sys=1")).json()) as {
      packages: { tags: { tag: string; value: string }[] }[];
    };
    expect(meta.packages[0]).toMatchObject({
      package_format_version: "0.3",
      name: "word-filter",
      group: "acme",
      version: "0.1.0",
      description: "keeps records with a word",
      visibility: "public",
      repository_url: null,
    });
    const published = meta.packages[0]!.tags.find(({ tag }) => tag === "inf::meta::published_at")!;
    expect(published.value).toMatch(/^\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} \+0000$/);
    // Upstream's own list command asks for the metadata with a token for `list`.
    expect((await act("list", undefined, "GET", "/hub/v0/list_with_meta")).status).toBe(200);
  });

  test("a download gives the very bytes", async () => {
    const answer = await act("dl", undefined, "GET", "/hub/v0/pkg/pub/acme/word-filter/0.1.0");
    expect(answer.status).toBe(200);
    expect(Buffer.from(await answer.arrayBuffer()).equals(ipkg)).toBe(true);
  });

  test.each(["acme/word-filter/9.9.9", "acme/none/0.1.0", "word-filter/0.1.0", "acme/secret/1.0.0"])(
    "%s is not there for someone unknown",
    async (name) => {
      const answer = await act("dl", undefined, "GET", `/hub/v0/pkg/pub/${name}`);
      expect(answer.status).toBe(404);
      expect(await answer.text()).not.toBe("");
    },
  );

  test("connector and dataflow lists are empty", async () => {
    expect(await (await act("lwm", undefined, "GET", "/hub/v0/connector/list")).json()).toEqual({
      packages: [],
    });
  });
});

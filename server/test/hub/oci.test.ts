/** The registry's face: by hand, and with the `oras` package of PyPI. */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { digestOf, IPKG_TYPE, ociArtifacts, readPackage, smartModuleOf } from "@smdk/packages";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hubWithGroup, makePackage, type TestHub, wasm } from "./support.ts";

const run = promisify(execFile);
let it: TestHub;
const ipkg = makePackage();

beforeAll(async () => {
  it = await hubWithGroup();
  await it.json("PUT", "/api/v1/packages/acme/word-filter/0.1.0", { token: it.admin, body: ipkg });
});
afterAll(() => it.stop());

async function pushBlob(repository: string, bytes: Uint8Array): Promise<string> {
  const digest = digestOf(bytes);
  const answer = await it.call("POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, {
    token: it.admin,
    body: bytes,
  });
  expect(answer.status).toBe(201);
  return digest;
}

describe("a published version", () => {
  test("is a wasm artifact with the module as its one layer", async () => {
    const answer = await it.call("GET", "/v2/acme/word-filter/manifests/0.1.0");
    expect(answer.headers.get("content-type")).toBe("application/vnd.oci.image.manifest.v1+json");
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get("docker-content-digest")).toBe(digestOf(bytes));
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    expect(manifest.config.mediaType).toBe("application/vnd.wasm.config.v0+json");
    expect(manifest.layers).toEqual([
      {
        mediaType: "application/wasm",
        digest: digestOf(wasm),
        size: wasm.length,
        annotations: { "org.opencontainers.image.title": "word_filter.wasm" },
      },
    ]);
    const layer = await it.call("GET", `/v2/acme/word-filter/blobs/${digestOf(wasm)}`);
    expect(Buffer.from(await layer.arrayBuffer()).equals(wasm)).toBe(true);
  });

  test("has the package and its provenance as referrers", async () => {
    const manifest = await it.call("HEAD", "/v2/acme/word-filter/manifests/latest");
    const digest = manifest.headers.get("docker-content-digest");
    const list = await it.json("GET", `/v2/acme/word-filter/referrers/${digest}`);
    expect((list["manifests"] as { artifactType: string }[]).map(({ artifactType }) => artifactType)).toEqual(
      [IPKG_TYPE, "application/vnd.in-toto+json"],
    );
    const only = await it.call(
      "GET",
      `/v2/acme/word-filter/referrers/${digest}?artifactType=${encodeURIComponent(IPKG_TYPE)}`,
    );
    expect(only.headers.get("oci-filters-applied")).toBe("artifactType");
    const { manifests } = (await only.json()) as { manifests: { digest: string }[] };
    const referrer = await it.json("GET", `/v2/acme/word-filter/manifests/${manifests[0]!.digest}`);
    const [layer] = referrer["layers"] as { digest: string }[];
    const found = await it.call("GET", `/v2/acme/word-filter/blobs/${layer!.digest}`);
    expect(Buffer.from(await found.arrayBuffer()).equals(ipkg)).toBe(true);
  });

  test("is in the lists of tags and repositories", async () => {
    expect(await it.json("GET", "/v2/acme/word-filter/tags/list")).toEqual({
      name: "acme/word-filter",
      tags: ["0.1.0"],
    });
    expect(await it.json("GET", "/v2/_catalog")).toEqual({ repositories: ["acme/word-filter"] });
  });

  test("cannot be replaced or deleted", async () => {
    const config = Buffer.from("{}");
    await pushBlob("acme/word-filter", config);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.empty.v1+json", digest: digestOf(config), size: 2 },
      layers: [],
    });
    const path = "/v2/acme/word-filter/manifests/0.1.0";
    expect((await it.call("PUT", path, { token: it.admin, body: manifest })).status).toBe(409);
    expect((await it.call("DELETE", path, { token: it.admin })).status).toBe(405);
  });

  test("gives any part of a blob", async () => {
    const answer = await it.call("GET", `/v2/acme/word-filter/blobs/${digestOf(wasm)}`, {
      headers: { range: "bytes=100-199" },
    });
    expect(answer.status).toBe(206);
    expect(answer.headers.get("content-range")).toBe(`bytes 100-199/${wasm.length}`);
    expect(Buffer.from(await answer.arrayBuffer()).equals(wasm.subarray(100, 200))).toBe(true);
    const beyond = await it.call("GET", `/v2/acme/word-filter/blobs/${digestOf(wasm)}`, {
      headers: { range: "bytes=999999-" },
    });
    expect(beyond.status).toBe(416);
  });
});

describe("pushing", () => {
  test("a package as an artifact publishes it, and its manifest is the one that the hub would make", async () => {
    const pushed = makePackage({ version: "0.2.0" });
    const found = readPackage(pushed);
    const { manifest, referrers, blobs } = ociArtifacts(pushed, found, smartModuleOf(found));
    for (const { bytes } of blobs) await pushBlob("acme/word-filter", bytes);
    const put = async (reference: string, bytes: Uint8Array) =>
      (
        await it.call("PUT", `/v2/acme/word-filter/manifests/${reference}`, {
          token: it.admin,
          body: bytes,
          headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
        })
      ).status;
    expect(await put(referrers[0]!.digest, referrers[0]!.bytes)).toBe(201);
    expect(await put("0.2.0", manifest.bytes)).toBe(201);
    const shown = await it.json("GET", "/api/v1/packages/acme/word-filter/0.2.0");
    expect(shown).toMatchObject({ digest: digestOf(pushed), oci: manifest.digest });
  });

  test("in pieces, asking in between how far it went", async () => {
    const bytes = Buffer.from("some thing or other");
    const begun = await it.call("POST", "/v2/acme/things/blobs/uploads/", { token: it.admin });
    const location = begun.headers.get("location")!;
    const first = await it.call("PATCH", location, {
      token: it.admin,
      body: bytes.subarray(0, 5),
      headers: { "content-range": "0-4" },
    });
    expect(first.status).toBe(202);
    const asked = await it.call("GET", location, { token: it.admin });
    expect([asked.status, asked.headers.get("range")]).toEqual([204, "0-4"]);
    const gap = await it.call("PATCH", location, {
      token: it.admin,
      body: bytes.subarray(9),
      headers: { "content-range": "9-18" },
    });
    expect(gap.status).toBe(416);
    const end = await it.call("PUT", `${location}?digest=${digestOf(bytes)}`, {
      token: it.admin,
      body: bytes.subarray(5),
    });
    expect(end.status).toBe(201);
  });

  test("wrong digests, missing blobs and modules that are none are refused", async () => {
    const wrong = await it.call("POST", `/v2/acme/things/blobs/uploads/?digest=sha256:${"0".repeat(64)}`, {
      token: it.admin,
      body: "x",
    });
    expect(await wrong.json()).toMatchObject({ errors: [{ code: "DIGEST_INVALID" }] });
    const layer = (digest: string, mediaType: string) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        layers: [{ mediaType, digest, size: 4 }],
      });
    const put = async (body: string) =>
      (await it.call("PUT", "/v2/acme/things/manifests/v1", { token: it.admin, body })).json();
    expect(await put(layer(`sha256:${"0".repeat(64)}`, "x/y"))).toMatchObject({
      errors: [{ code: "MANIFEST_BLOB_UNKNOWN" }],
    });
    const text = await pushBlob("acme/things", Buffer.from("text"));
    expect(await put(layer(text, "application/wasm"))).toMatchObject({
      errors: [{ code: "MANIFEST_INVALID" }],
    });
    expect(await put("{")).toMatchObject({ errors: [{ code: "MANIFEST_INVALID" }] });
  });

  test("a name that looks like a published one is refused", async () => {
    const answer = await it.call("POST", "/v2/acme/word_filter/blobs/uploads/", { token: it.admin });
    expect(await answer.json()).toMatchObject({ errors: [{ code: "NAME_INVALID" }] });
  });
});

describe("logging in", () => {
  test("the password works at once, and buys a token that works in this face only", async () => {
    const asked = await it.call("GET", "/v2/acme/nothing/tags/list");
    expect(asked.status).toBe(401);
    expect(asked.headers.get("www-authenticate")).toBe(
      `Basic realm="smdk hub", Bearer realm="${it.hub.url}/v2/token",service="smdk hub"`,
    );
    const basic = `Basic ${Buffer.from(`admin:${it.admin}`).toString("base64")}`;
    const { token } = (await (await it.call("GET", "/v2/token", { authorization: basic })).json()) as {
      token: string;
    };
    const begin = (authorization: string) =>
      it.call("POST", "/v2/acme/things/blobs/uploads/", { authorization });
    expect((await begin(`Bearer ${token}`)).status).toBe(202);
    expect((await begin(basic)).status).toBe(202);
    expect((await it.call("GET", "/api/v1/tokens", { token })).status).toBe(401);
    expect((await it.call("GET", "/v2/token", { authorization: "Basic YWRtaW46d3Jvbmc=" })).status).toBe(401);
    const nobody = (await (await it.call("GET", "/v2/token")).json()) as { token: string };
    expect((await begin(`Bearer ${nobody.token}`)).status).toBe(401);
    // An action token of the other face is none here.
    const step = await it.call("POST", "/hub/v0/action", { token: it.admin, body: { act: "pbl" } });
    expect((await begin(`Bearer ${await step.text()}`)).status).toBe(401);
    expect(
      (await it.call("POST", "/hub/v0/action", { token: it.admin, body: { act: "registry" } })).status,
    ).toBe(400);
  });
});

describe("the oras package of PyPI", () => {
  const folder = mkdtempSync(join(tmpdir(), "smdk-venv-"));
  const python = orasPython(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.skipIf(python === undefined).each(["basic", "token"])(
    "pushes and pulls, %s login (needs python3 with oras, or with venv and a way to PyPI)",
    async (backend) => {
      const dir = mkdtempSync(join(tmpdir(), "smdk-oras-"));
      try {
        mkdirSync(join(dir, "out"));
        writeFileSync(join(dir, "module.wasm"), wasm);
        const program = `
import sys, oras.client
host, token = sys.argv[1], sys.argv[2]
client = oras.client.OrasClient(hostname=host, insecure=True, auth_backend="${backend}")
client.auth.set_basic_auth("admin", token)
pushed = client.push(target=f"{host}/acme/from-oras-${backend}:v1", files=["module.wasm:application/wasm"])
print(pushed.status_code)
print(client.get_tags(f"{host}/acme/from-oras-${backend}"))
print(client.pull(target=f"{host}/acme/from-oras-${backend}:v1", outdir="out"))
print(client.pull(target=f"{host}/acme/word-filter:0.1.0", outdir="out2"))
`;
        const host = it.hub.url.replace("http://", "");
        const { stdout } = await run(python!, ["-c", program, host, it.admin], { cwd: dir });
        expect(stdout).toContain("201");
        expect(stdout).toContain("['v1']");
        expect(readFileSync(join(dir, "out/module.wasm")).equals(wasm)).toBe(true);
        expect(readFileSync(join(dir, "out2/word_filter.wasm")).equals(wasm)).toBe(true);
      } finally {
        rmSync(dir, { recursive: true, force: true });
      }
    },
  );
});

/** A Python that has `oras`: the one of `SMDK_TEST_PYTHON`, the usual one, or one made for this test. */
function orasPython(folder: string): string | undefined {
  const has = (python: string): boolean =>
    spawnSync(python, ["-c", "import oras.client"], { stdio: "ignore" }).status === 0;
  const known = [process.env.SMDK_TEST_PYTHON ?? "", "python3"].find(
    (python) => python !== "" && has(python),
  );
  if (known !== undefined) return known;
  const made = join(folder, "bin/python");
  const settings = { stdio: "ignore", timeout: 120_000 } as const;
  spawnSync("python3", ["-m", "venv", folder], settings);
  spawnSync(made, ["-m", "pip", "install", "--quiet", "oras==0.2.43"], settings);
  return has(made) ? made : undefined;
}

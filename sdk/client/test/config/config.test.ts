import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultConfigPath, loadConfig } from "../../src/config/config.ts";

let dir: string;
let path: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "smdk-config-"));
  path = join(dir, "deep", "config");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function configOf(text: string): ReturnType<typeof loadConfig> {
  path = join(dir, "config");
  writeFileSync(path, text);
  return loadConfig(path);
}

const full = `
version = "2.0"
current_profile = "local"
client_id = "my-client"
future = [1, 2]

[profile.local]
cluster = "local"
topic = "kept"

[profile.cloud]
cluster = "prod"

[cluster.local]
addr = "127.0.0.1:9003"
use_spu_local_address = true

[cluster.local.metadata.installation]
type = "local"

[cluster.prod]
endpoint = "example.org:9003"

[cluster.prod.tls]
tls_policy = "verify"
tls_source = "file"

[cluster.prod.tls.certs]
domain = "example.org"
key = "key.pem"
cert = "cert.pem"
ca_cert = "ca.pem"
`;

describe("reading the profile file", () => {
  it("finds profiles, clusters and TLS settings", () => {
    const config = configOf(full);
    expect(config.currentProfile).toBe("local");
    expect(config.clientId).toBe("my-client");
    expect(config.profiles().map(({ name, current, clusterName }) => [name, current, clusterName])).toEqual([
      ["local", true, "local"],
      ["cloud", false, "prod"],
    ]);
    expect(config.clusterOf()).toEqual({
      endpoint: "127.0.0.1:9003",
      useSpuLocalAddress: true,
      tls: { policy: "disabled" },
      metadata: { installation: { type: "local" } },
    });
    expect(config.clusterOf("cloud").tls).toEqual({
      policy: "verified",
      source: "files",
      certs: { domain: "example.org", key: "key.pem", cert: "cert.pem", caCert: "ca.pem" },
    });
  });

  it("takes a missing file for an empty one", () => {
    const config = loadConfig(path);
    expect([config.exists, config.profiles(), config.currentProfile]).toEqual([false, [], null]);
    expect(() => config.clusterOf()).toThrow(expect.objectContaining({ code: "SMDK_PROFILE_NOT_FOUND" }));
  });

  it.each([
    ["no TOML", "version = ", "is not TOML"],
    ["no version", "[profile.a]\ncluster='a'", "version"],
    ["a cluster without address", "version='2'\n[cluster.a]\n", "endpoint is missing"],
    [
      "certificates missing",
      "version='2'\n[cluster.a]\nendpoint='x'\n[cluster.a.tls]\ntls_policy='verified'\n",
      "tls",
    ],
    ["a profile of another shape", "version='2'\nprofile = 3\n", "profile"],
  ])("refuses %s", (_, text, message) => {
    expect(() => configOf(text)).toThrow(
      expect.objectContaining({ code: "SMDK_CONFIG", message: expect.stringContaining(message) }),
    );
  });

  it("names what is not there", () => {
    const config = configOf(`${full}\n[profile.stale]\ncluster = "gone"\n`);
    expect(() => config.clusterOf("stale")).toThrow("names cluster gone");
    expect(() => config.clusterOf("nobody")).toThrow(
      expect.objectContaining({
        code: "SMDK_PROFILE_NOT_FOUND",
        hint: "known profiles: local, cloud, stale",
      }),
    );
    for (const name of ["constructor", "__proto__"])
      expect(() => config.clusterOf(name)).toThrow("not found");
  });

  it("is found where Fluvio's programs look for it", () => {
    expect(defaultConfigPath({ FLV_PROFILE_PATH: "/some/where" })).toBe("/some/where");
    expect(defaultConfigPath({})).toMatch(/\.fluvio.config$/);
  });
});

describe("changing the profile file", () => {
  it("keeps what it does not know", () => {
    const config = configOf(full);
    config.switchProfile("cloud");
    config.save();
    const again = loadConfig(path);
    expect(again.currentProfile).toBe("cloud");
    const text = readFileSync(path, "utf8");
    for (const kept of ["future", 'topic = "kept"', 'type = "local"']) expect(text).toContain(kept);
  });

  it("adds profiles, new and known", () => {
    const config = loadConfig(path);
    config.addProfile("dev", { endpoint: "localhost:9003", metadata: { installation: { type: "local" } } });
    config.save();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(loadConfig(path).clusterOf()).toMatchObject({
      endpoint: "localhost:9003",
      tls: { policy: "disabled" },
    });
    const tls = {
      policy: "verified",
      source: "inline",
      certs: { domain: "d", key: "k", cert: "c", caCert: "ca" },
    } as const;
    config.addProfile("dev", { endpoint: "other:1", tls });
    config.save();
    expect(loadConfig(path).clusterOf("dev")).toEqual({
      endpoint: "other:1",
      useSpuLocalAddress: false,
      tls,
      metadata: { installation: { type: "local" } },
    });
  });

  it("renames, deletes and switches", () => {
    const config = configOf(full);
    expect(config.renameProfile("local", "here")).toBe(true);
    expect(config.currentProfile).toBe("here");
    expect(config.clusterOf().endpoint).toBe("127.0.0.1:9003");
    expect(config.profilesOfCluster("local")).toEqual(["here"]);
    expect(config.deleteProfile("here")).toBe(true);
    expect(config.currentProfile).toBeNull();
    expect(config.clusterNames()).toEqual(["local", "prod"]);
    expect(config.deleteCluster("local")).toBe(true);
    expect([config.switchProfile("x"), config.renameProfile("x", "y"), config.deleteProfile("x")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(config.deleteCluster("x")).toBe(false);
  });

  it("exports one profile", () => {
    const text = configOf(full).exportProfile("cloud");
    const alone = configOf(text);
    expect(alone.profiles().map(({ name, current }) => [name, current])).toEqual([["cloud", true]]);
    expect(alone.clusterOf().endpoint).toBe("example.org:9003");
    expect(alone.clusterNames()).toEqual(["prod"]);
  });
});

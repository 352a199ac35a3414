/** Key files, hub profiles, key changes, lock files and policies. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  digestOf,
  enforceLock,
  enforceTrust,
  followKeys,
  keyFromHex,
  keyFromPem,
  loadHubProfile,
  NO_POLICY,
  openKeyChange,
  parseLock,
  parsePackageName,
  parseTrustPolicy,
  publicKeyFromPem,
  publicKeyPem,
  saveHubProfile,
  sealGrant,
  sealRotation,
  skeleton,
  verifySignature,
  writeLock,
} from "../src/index.ts";
import { key, otherKey } from "./support.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "smdk-packages-"));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe("keys", () => {
  test("the test vector of RFC 8032", () => {
    const one = keyFromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    expect(one.publicKey).toBe("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    expect(Buffer.from(one.sign(new Uint8Array())).toString("hex")).toMatch(
      /^e5564300c360ac729086e2cc806e828a/,
    );
  });

  test("PEM files hold the raw bytes, with the line ends upstream writes", () => {
    expect(key.secretPem()).toBe(
      `-----BEGIN PRIVATE KEY-----\r\n${Buffer.alloc(32, 0x11).toString("base64")}\r\n-----END PRIVATE KEY-----\r\n`,
    );
    expect(keyFromPem(key.secretPem()).publicKey).toBe(key.publicKey);
    expect(publicKeyFromPem(publicKeyPem(key.publicKey))).toBe(key.publicKey);
  });

  test("an OpenSSH key is imported", (context) => {
    const file = join(dir, "id_ed25519");
    try {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    } catch {
      return context.skip("ssh-keygen is not installed");
    }
    const imported = keyFromPem(readFileSync(file, "utf8"));
    const line = readFileSync(`${file}.pub`, "utf8").split(" ")[1]!;
    expect(Buffer.from(line, "base64").subarray(-32).toString("hex")).toBe(imported.publicKey);
  });

  test("secrets do not show in logs", () => {
    expect(JSON.stringify(key)).not.toContain("1111");
    expect(String(key)).not.toContain("1111");
  });

  test.each(["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])(
    "%j is no key",
    (text) => {
      expect(() => keyFromPem(text)).toThrow(expect.objectContaining({ code: "SMDK_KEY_INVALID" }));
    },
  );

  test("garbage never verifies", () => {
    expect(verifySignature("00", new Uint8Array(), new Uint8Array(64))).toBe(false);
    expect(verifySignature("ff".repeat(32), new Uint8Array(), new Uint8Array(64))).toBe(false);
  });
});

describe("the hub profile", () => {
  test("is made on first use, for its owner only, and found again", () => {
    const hub = join(dir, "one", "hub");
    const made = loadHubProfile(hub, undefined);
    expect(readFileSync(join(hub, "hcurrent"), "utf8")).toBe("default");
    expect(statSync(made.path).mode & 0o777).toBe(0o600);
    expect(loadHubProfile(hub, undefined).key.publicKey).toBe(made.key.publicKey);
  });

  test("reads what upstream's tools wrote", () => {
    const hub = join(dir, "two");
    const { key: own } = saveHubProfile({ hubId: "x", key }, hub);
    writeFileSync(join(hub, "theirs"), `hubid: acme\npkgkey: ${own.secretHex()}\npubkey: ${own.publicKey}\n`);
    expect(loadHubProfile(hub, "theirs").hubId).toBe("acme");
  });

  test("takes the file name from the hub id and the key", () => {
    const saved = saveHubProfile({ hubId: "acme", key }, join(dir, "three"));
    expect(saved.path).toMatch(/[0-9a-f]{128}$/);
    expect(loadHubProfile(join(dir, "three"), undefined)).toMatchObject({ hubId: "acme", path: saved.path });
  });

  test("refuses a profile outside its directory", () => {
    expect(() => loadHubProfile(join(dir, "three"), "../one/hub/default")).toThrow(
      /no name of a hub profile/,
    );
  });
});

describe("key changes", () => {
  test("need the old and the new key", () => {
    expect(openKeyChange(sealRotation("acme", key, otherKey))).toEqual({
      kind: "rotation",
      group: "acme",
      oldKey: key.publicKey,
      newKey: otherKey.publicKey,
    });
    const envelope = sealRotation("acme", key, otherKey);
    expect(() => openKeyChange({ ...envelope, signatures: envelope.signatures.slice(1) })).toThrow(
      /old and the new key/,
    );
    expect(() => openKeyChange(sealRotation("acme", key, key))).toThrow(/old and the new key/);
  });
});

describe("keys that follow from others", () => {
  const [third, fourth] = [keyFromHex("33".repeat(32)), keyFromHex("44".repeat(32))];
  const rotated = openKeyChange(sealRotation("acme", key, otherKey));
  const granted = openKeyChange(sealGrant("acme", otherKey, third.publicKey));

  test("over any number of steps, in any order", () => {
    expect([...followKeys("acme", [key.publicKey], [granted, rotated])].sort()).toEqual(
      [key.publicKey, otherKey.publicKey, third.publicKey].sort(),
    );
    expect([...followKeys("acme", [third.publicKey], [granted, rotated])]).toEqual([third.publicKey]);
  });

  test("not those of other groups, nor by strangers", () => {
    const other = openKeyChange(sealRotation("evil", key, fourth));
    const stranger = openKeyChange(sealGrant("acme", fourth, third.publicKey));
    expect([...followKeys("acme", [key.publicKey], [other, stranger])]).toEqual([key.publicKey]);
  });

  test("a key with two successors leads nowhere", () => {
    const fork = openKeyChange(sealRotation("acme", key, fourth));
    expect(() => followKeys("acme", [key.publicKey], [rotated, fork])).toThrow(
      expect.objectContaining({ code: "SMDK_ROTATION_FORK" }),
    );
    // Two keys beside one another are no fork.
    const second = openKeyChange(sealGrant("acme", otherKey, fourth.publicKey));
    expect(followKeys("acme", [otherKey.publicKey], [granted, second]).size).toBe(3);
  });

  test("a grant is signed by the key that gives it", () => {
    const envelope = sealGrant("acme", key, otherKey.publicKey);
    const forged = { ...envelope, signatures: sealGrant("acme", otherKey, key.publicKey).signatures };
    expect(() => openKeyChange(forged)).toThrow(/a key of the group/);
    expect(() =>
      openKeyChange({ ...envelope, payloadType: "application/vnd.smdk.key-rotation+json" }),
    ).toThrow(/old and the new key/);
    for (const junk of [null, {}, "x", { payloadType: "application/vnd.smdk.key-grant+json" }])
      expect(() => openKeyChange(junk)).toThrow(expect.objectContaining({ code: "SMDK_ROTATION" }));
  });

  const lock = {
    version: 1 as const,
    modules: {
      "acme/x": { version: "1.0.0", digest: digestOf(Buffer.from("x")), signer: key.publicKey, hub: "" },
    },
  };
  const next = { name: "acme/x", version: "1.1.0", digest: digestOf(Buffer.from("y")) };

  test("decide whether a locked module's next version is by the same people", () => {
    enforceLock(lock, { ...next, signers: [key.publicKey] });
    const signers = [otherKey.publicKey];
    expect(() => enforceLock(lock, { ...next, signers })).toThrow(
      expect.objectContaining({ code: "SMDK_LOCK_SIGNER" }),
    );
    enforceLock(lock, { ...next, signers }, { keyChanges: [rotated] });
    enforceLock(lock, { ...next, signers }, { signersNamed: true });
    // The pinned version itself needs the pinned key and bytes, whatever follows from it.
    const same = { ...next, version: "1.0.0", digest: lock.modules["acme/x"].digest, signers };
    expect(() => enforceLock(lock, same, { keyChanges: [rotated] })).toThrow(
      expect.objectContaining({ code: "SMDK_LOCK_SIGNER" }),
    );
  });

  test("count as named by a trust policy, unless it says otherwise", () => {
    const subject = {
      group: "acme",
      name: "x",
      version: "1.0.0",
      signers: [third.publicKey],
      provenanceSigners: [],
      keyChanges: [rotated, granted],
    };
    const policy = (rotation?: "follow" | "refuse") => ({
      ...NO_POLICY,
      groups: { acme: { signers: [key.publicKey], ...(rotation && { rotation }) } },
    });
    enforceTrust(policy(), subject);
    expect(() => enforceTrust(policy("refuse"), subject)).toThrow(
      expect.objectContaining({ code: "SMDK_TRUST_SIGNER" }),
    );
    expect(() => enforceTrust(policy(), { ...subject, keyChanges: [granted] })).toThrow(
      expect.objectContaining({ code: "SMDK_TRUST_SIGNER" }),
    );
  });
});

describe("names", () => {
  test("group/name@version", () => {
    expect(parsePackageName("acme/x@1.0.0")).toEqual({ group: "acme", name: "x", version: "1.0.0" });
    expect(parsePackageName("acme/x").version).toBeUndefined();
  });
  test.each(["x", "x@1", "a/b/c@1", "/x@1", "A/b@1.0.0", "a/b@"])("%s is refused", (text) => {
    expect(() => parsePackageName(text)).toThrow();
  });
  test("names that look alike share a skeleton", () => {
    for (const other of ["json_sql", "jsonsql", "js0n-sql", "json-sq1", "json-sqi"])
      expect(skeleton(other)).toBe(skeleton("json-sql"));
    expect(skeleton("rnodern")).toBe(skeleton("modern"));
    expect(skeleton("map")).not.toBe(skeleton("filter"));
  });
});

describe("lock and policy", () => {
  const entry = {
    version: "1.0.0",
    digest: `sha256:${"a".repeat(64)}` as const,
    signer: key.publicKey,
    hub: "http://hub",
  };
  const lock = { version: 1 as const, modules: { "b/x": entry, "a/x": entry } };

  test("a lock file is sorted and comes back", () => {
    expect(Object.keys(parseLock(writeLock(lock)).modules)).toEqual(["a/x", "b/x"]);
    expect(() => parseLock("{")).toThrow(expect.objectContaining({ code: "SMDK_LOCK_FILE" }));
  });

  test("other bytes or another signer under a locked version are refused", () => {
    const found = { name: "a/x", version: "1.0.0", digest: entry.digest, signers: [key.publicKey] };
    enforceLock(lock, found);
    enforceLock(lock, { ...found, version: "1.1.0", digest: "other" });
    expect(() => enforceLock(lock, { ...found, digest: "other" })).toThrow(/other bytes/);
    expect(() => enforceLock(lock, { ...found, signers: [otherKey.publicKey] })).toThrow(/not signed by/);
  });

  test("a policy is read with its mistakes named", () => {
    const policy = parseTrustPolicy(
      `version: 1\nothers: refuse\ngroups:\n  acme:\n    signers: ["${key.publicKey}"]\n    provenance: required\n`,
    );
    const subject = {
      group: "acme",
      name: "x",
      version: "1.0.0",
      signers: [key.publicKey],
      provenanceSigners: [key.publicKey],
    };
    enforceTrust(policy, subject);
    expect(() => enforceTrust(policy, { ...subject, provenanceSigners: [] })).toThrow(/no provenance/);
    expect(() => enforceTrust(policy, { ...subject, group: "other" })).toThrow(/does not know the group/);
    expect(() => enforceTrust(policy, { ...subject, signers: [] })).toThrow(/not signed/);
    expect(() => parseTrustPolicy("version: 1\ngroups:\n  a:\n    signer: x\n")).toThrow(/groups\.a/);
  });
});

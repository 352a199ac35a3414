/** The hub's process killed in the middle of publishing, again and again: a version is there whole or not at all. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { digestOf, openIndex } from "@smdk/packages";
import { afterEach, expect, test } from "vitest";
import { groupKey, makePackage, temporaryDirectory, testHub } from "./support.ts";

const rounds = Number(process.env.SMDK_HUB_KILL_ROUNDS ?? 15);
const program = `
const { startHub } = await import(process.argv[1]);
const hub = await startHub({ dir: process.argv[2], limits: { requestBurst: 1e9 } });
console.log(JSON.stringify({ url: hub.url, token: hub.adminToken }));
`;
const server = new URL("../../dist/hub/hub.js", import.meta.url).href;

let child: ChildProcess | undefined;
afterEach(() => {
  child?.kill("SIGKILL");
});

async function start(dir: string): Promise<{ url: string; token?: string }> {
  child = spawn(process.execPath, ["--input-type=module", "-e", program, server, dir], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return JSON.parse(line.toString()) as { url: string; token?: string };
}

test(
  `${rounds} times`,
  async () => {
    const dir = temporaryDirectory();
    const acknowledged = new Set<string>();
    const sent = new Map<string, Uint8Array>();
    let token = "";
    let serial = 0;
    for (let round = 0; round < rounds; round++) {
      const hub = await start(dir);
      token ||= hub.token!;
      const send = async (path: string, body: Uint8Array | string): Promise<number> =>
        await fetch(`${hub.url}${path}`, {
          method: "PUT",
          headers: { authorization: `Bearer ${token}` },
          body: body as BodyInit,
        }).then(
          ({ status }) => status,
          () => 0,
        );
      if (round === 0) await send("/api/v1/groups/acme", JSON.stringify({ pubkey: groupKey.publicKey }));
      const publish = async (): Promise<number> => {
        const version = `1.0.${serial++}`;
        const ipkg = makePackage({ version });
        sent.set(version, ipkg);
        const status = await send(`/api/v1/packages/acme/word-filter/${version}`, ipkg);
        if (status === 201) acknowledged.add(version);
        return status;
      };
      // The first one warms the process up; the second one tells how long one takes on this machine now.
      expect(await publish()).toBe(201);
      const begun = performance.now();
      expect(await publish()).toBe(201);
      const usual = performance.now() - begun;
      const gone = once(child!, "exit");
      // The kill falls anywhere into those that follow.
      setTimeout(() => child!.kill("SIGKILL"), usual * 3 * (((round * 37) % 100) / 100));
      for (let open = true; open; ) open = !(await Promise.all([publish(), publish()])).includes(0);
      await gone;
    }
    const after = await testHub({ dir });
    const sealed = (await after.json("GET", "/api/v1/groups/acme/index")) as object;
    const index = openIndex(sealed, {
      group: "acme",
      hubKey: after.hub.key,
      minRevision: 1,
      nowMs: Date.now(),
    });
    const there = new Map(index.versions.map(({ version, digest }) => [version, digest]));
    for (const version of acknowledged) expect(there.has(version), `${version} was acknowledged`).toBe(true);
    for (const [version, digest] of there) {
      expect(digest).toBe(digestOf(sent.get(version)!));
      const answer = await after.call("GET", `/api/v1/packages/acme/word-filter/${version}/package`);
      expect(Buffer.from(await answer.arrayBuffer()).equals(sent.get(version)!), version).toBe(true);
      expect((await after.call("GET", `/v2/acme/word-filter/manifests/${version}`)).status).toBe(200);
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(2 * rounds);
    console.log(`${sent.size} sent, ${acknowledged.size} acknowledged, ${there.size} there`);
    // Nothing half-written is left.
    const names = readdirSync(join(dir, "packages/acme/word-filter"));
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    for (const name of names) JSON.parse(readFileSync(join(dir, "packages/acme/word-filter", name), "utf8"));
    await after.hub.close();
    rmSync(dir, { recursive: true, force: true });
  },
  60_000 + rounds * 10_000,
);

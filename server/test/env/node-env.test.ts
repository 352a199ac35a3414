import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Connection, nodeEnv } from "../../src/env/index.ts";

const env = nodeEnv();
let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "smdk-env-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe("disk", () => {
  test("writes thousands of parts in one call and reads them back", async () => {
    const file = await env.disk.open(join(dir, "a"), "create");
    const parts = Array.from({ length: 3000 }, (_, i) => new Uint8Array((i % 7) + 1).fill(i));
    const expected = Buffer.concat(parts);
    await file.write(parts, 3);
    expect((await file.info()).size).toBe(expected.length + 3);
    const back = new Uint8Array(expected.length + 100);
    expect(await file.read(back, 3)).toBe(expected.length);
    expect(Buffer.from(back.subarray(0, expected.length)).equals(expected)).toBe(true);
    await file.truncate(5);
    expect(await file.read(back, 3)).toBe(2);
    await file.close();
    await file.close();
  });

  test("modes say what must and must not exist", async () => {
    const path = join(dir, "a");
    await expect(env.disk.open(path, "write")).rejects.toMatchObject({ code: "ENOENT" });
    await (await env.disk.open(path, "createNew")).close();
    await expect(env.disk.open(path, "createNew")).rejects.toMatchObject({ code: "EEXIST" });
    await (await env.disk.open(path, "write")).close();
  });

  test("an atomic write leaves one file and the new content", async () => {
    const path = join(dir, "a.yaml");
    await env.disk.writeFileAtomic(path, "one");
    await env.disk.writeFileAtomic(path, "two");
    expect(await readFile(path, "utf8")).toBe("two");
    expect(await readdir(dir)).toEqual(["a.yaml"]);
  });

  test("a failed atomic write leaves the old content and nothing else", async () => {
    await env.disk.mkdir(join(dir, "taken"));
    await expect(env.disk.writeFileAtomic(join(dir, "taken"), "x")).rejects.toThrow();
    expect(await readdir(dir)).toEqual(["taken"]);
  });

  test("absent things: info is undefined, removal is fine", async () => {
    expect(await env.disk.info(join(dir, "no", "where"))).toBeUndefined();
    await env.disk.remove(join(dir, "nowhere"));
    await env.disk.removeTree(join(dir, "nowhere"));
  });
});

describe("directory lock", () => {
  test("one holder at a time, free again after release", async () => {
    const lock = await env.disk.lock(dir);
    await expect(env.disk.lock(dir)).rejects.toMatchObject({ code: "SMDK_DIR_LOCKED" });
    await lock.release();
    const again = await env.disk.lock(dir);
    await again.release();
    expect(await readdir(dir)).toEqual([]);
  });

  test("only one of many claims at the same time wins", async () => {
    const claims = await Promise.allSettled(Array.from({ length: 10 }, () => env.disk.lock(dir)));
    const won = claims.filter((claim) => claim.status === "fulfilled");
    expect(won).toHaveLength(1);
  });

  test("a lock of a process that died is taken over", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await new Promise((resolve) => child.once("exit", resolve));
    await writeFile(join(dir, ".smdk.lock"), JSON.stringify({ pid: child.pid, started: "", token: "gone" }));
    const lock = await env.disk.lock(dir);
    await lock.release();
  });

  test.runIf(process.platform === "linux")(
    "a process that is dead but not yet waited for is dead",
    async () => {
      // The shell replaces itself by a program that never waits for its child.
      const parent = spawn("sh", ["-c", "sh -c 'kill -9 $$' & echo $!; exec sleep 60"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      try {
        const pid = Number(await new Promise<Buffer>((resolve) => parent.stdout.once("data", resolve)));
        await writeFile(join(dir, ".smdk.lock"), JSON.stringify({ pid, started: "", token: "gone" }));
        let lock: Awaited<ReturnType<typeof env.disk.lock>> | undefined;
        while (lock === undefined) {
          lock = await env.disk.lock(dir).catch(() => undefined);
          await env.clock.sleep(5);
        }
        await lock.release();
      } finally {
        parent.kill("SIGKILL");
      }
    },
  );

  test("a damaged lock file is taken over", async () => {
    await writeFile(join(dir, ".smdk.lock"), "{");
    await (await env.disk.lock(dir)).release();
  });
});

describe("clock", () => {
  test("an aborted sleep rejects with the reason", async () => {
    const abort = new AbortController();
    const sleeping = env.clock.sleep(60_000, abort.signal);
    abort.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    await expect(env.clock.sleep(60_000, abort.signal)).rejects.toThrow("enough");
  });

  test("a cancelled timer does not fire", async () => {
    let fired = false;
    const timer = env.clock.setTimeout(() => {
      fired = true;
    }, 1);
    timer.cancel();
    await env.clock.sleep(20);
    expect(fired).toBe(false);
  });
});

describe("network", () => {
  test("bytes arrive in order, writers learn of a slow reader, and of its end", async () => {
    let accepted: (connection: Connection) => void = () => {};
    const incoming = new Promise<Connection>((resolve) => {
      accepted = resolve;
    });
    const listener = await env.network.listen({ host: "127.0.0.1", port: 0 }, (connection) =>
      accepted(connection),
    );
    const client = await env.network.connect(listener.address);
    const server = await incoming;
    const block = new Uint8Array(64 * 1024);
    let sent = 0;
    while (client.write([block.subarray(0, 10), block.subarray(10)])) sent += block.length;
    sent += block.length;
    expect(client.bufferedBytes).toBeGreaterThan(0);
    let received = 0;
    server.onData((chunk) => {
      received += chunk.length;
    });
    const ended = new Promise<void>((resolve) => server.onEnd(resolve));
    await client.drained();
    client.end();
    await ended;
    expect(received).toBe(sent);
    server.end();
    await Promise.all([client.closed, server.closed]);
    expect(client.write(block)).toBe(false);
    await client.drained();
    await listener.close();
  });

  test("refused connections and taken ports are the system's errors", async () => {
    const listener = await env.network.listen({ host: "127.0.0.1", port: 0 }, () => {});
    await expect(env.network.listen(listener.address, () => {})).rejects.toMatchObject({
      code: "EADDRINUSE",
    });
    await listener.close();
    await expect(env.network.connect(listener.address)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

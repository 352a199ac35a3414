import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fluvio } from "@smdk/client";
import { startCluster } from "@smdk/server";
import { afterEach, describe, expect, it, vi } from "vitest";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), "smdk-client-"));
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const portOf = (address: string): number => Number(address.split(":")[1]);

describe("a cluster that restarts", () => {
  it("is found again by producer, consumer and admin", async () => {
    const dir = directory();
    const before = await startCluster({ dir });
    const ports = { scPort: portOf(before.scAddress), spuPorts: [portOf(before.spus[0]!.address)] };
    const fluvio = await Fluvio.connect({ cluster: before.scAddress });
    cleanups.push(() => fluvio.close());
    await fluvio.admin.topics.create("phoenix");
    const producer = await fluvio.producer("phoenix", {
      retry: { strategy: "fixed", delayMs: 50, maxRetries: 200 },
    });
    const records = fluvio
      .consumer({ topic: "phoenix", start: "beginning", retry: { minDelayMs: 50 } })
      [Symbol.asyncIterator]();
    await producer.send({ value: "before" });
    expect((await records.next()).value?.text).toBe("before");

    await before.close();
    const next = records.next();
    const delivery = producer.send({ value: "after" });
    const after = await startCluster({ dir, ...ports });
    cleanups.push(() => after.close());
    expect(await delivery).toEqual({ partition: 0, offset: 1n });
    expect((await next).value).toMatchObject({ text: "after", offset: 1n });
    expect((await fluvio.admin.topics.list()).map(({ name }) => name)).toEqual(["phoenix"]);
    await records.return?.();
    await producer.close();
  });

  it("is an error where no retry is wanted", async () => {
    const cluster = await startCluster({ dir: directory() });
    const fluvio = await Fluvio.connect({ cluster: cluster.scAddress });
    cleanups.push(() => fluvio.close());
    await fluvio.admin.topics.create("brittle");
    const consumer = fluvio.consumer({ topic: "brittle", start: "beginning", retry: false });
    const records = consumer[Symbol.asyncIterator]();
    const producer = await fluvio.producer("brittle", { delivery: "at-most-once" });
    await producer.send({ value: "one" });
    await records.next();
    const next = records.next();
    next.catch(() => undefined);
    await cluster.close();
    await expect(next).rejects.toMatchObject({ code: "SMDK_CONNECTION_LOST" });
    await expect(producer.send({ value: "two" }).wait()).rejects.toMatchObject({
      code: expect.stringMatching(/^SMDK_(UNREACHABLE|CONNECTION_LOST)$/),
    });
    await producer.close();
  });
});

describe("connecting", () => {
  it("says when nobody answers", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await expect(Fluvio.connect({ cluster: `127.0.0.1:${port}` })).rejects.toMatchObject({
      code: "SMDK_UNREACHABLE",
      message: `can't connect to 127.0.0.1:${port}: connection refused`,
    });
  });

  it.each([
    ["silent", "SMDK_TIMEOUT", () => undefined],
    ["closing", "SMDK_CONNECTION_LOST", (socket: import("node:net").Socket) => socket.end()],
    [
      "foreign",
      "SMDK_PROTOCOL",
      (socket: import("node:net").Socket) => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n"),
    ],
  ])("survives a %s peer", async (_, code, behave) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => behave(socket));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    const connecting = Fluvio.connect({ cluster: `127.0.0.1:${port}`, connectTimeoutMs: 200 });
    await expect(connecting).rejects.toMatchObject({ code });
  });

  it("can be given up", async () => {
    const server = createServer((socket) => socket.on("error", () => undefined)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    cleanups.push(() => server.close());
    const { port } = server.address() as { port: number };
    const signal = AbortSignal.timeout(50);
    await expect(Fluvio.connect({ cluster: `127.0.0.1:${port}`, signal })).rejects.toMatchObject({
      code: "SMDK_ABORTED",
    });
  });
});

describe("a cluster that is away for longer than a producer retries", () => {
  it("gets what waited for it, since nothing of that had been sent", async () => {
    const dir = directory();
    const before = await startCluster({ dir });
    const ports = { scPort: portOf(before.scAddress), spuPorts: [portOf(before.spus[0]!.address)] };
    const fluvio = await Fluvio.connect({ cluster: before.scAddress });
    cleanups.push(() => fluvio.close());
    await fluvio.admin.topics.create("patient");
    const producer = await fluvio.producer("patient", {
      retry: { strategy: "fixed", delayMs: 1, maxRetries: 2 },
    });
    await producer.send({ value: "before" });
    await before.close();
    const waiting = producer.send({ value: "meanwhile" }).wait();
    waiting.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const after = await startCluster({ dir, ...ports });
    cleanups.push(() => after.close());
    expect(await waiting).toEqual({ partition: 0, offset: 1n });
  });
});

describe("closing", () => {
  it("ends everything that was going on", async () => {
    const cluster = await startCluster({ dir: directory() });
    cleanups.push(() => cluster.close());
    const fluvio = await Fluvio.connect({ cluster: cluster.scAddress });
    await fluvio.admin.topics.create("over");
    const producer = await fluvio.producer("over", { lingerMs: 60_000 });
    const delivery = producer.send({ value: "still sent" });
    const waiting = fluvio.consumer({ topic: "over" })[Symbol.asyncIterator]().next();
    const outcome = expect(waiting).rejects.toMatchObject({ code: "SMDK_CLOSED" });
    await fluvio.close();
    expect(await delivery).toEqual({ partition: 0, offset: 0n });
    await outcome;
    await expect(fluvio.admin.topics.list()).rejects.toMatchObject({ code: "SMDK_CLOSED" });
  });
});

describe.skipIf(process.platform !== "linux")("a peer that has vanished without a word", () => {
  it("is asked for a sign of life", async () => {
    const cluster = await startCluster({ dir: directory() });
    cleanups.push(() => cluster.close());
    const fluvio = await Fluvio.connect({ cluster: cluster.scAddress });
    cleanups.push(() => fluvio.close());
    const peer = `:${portOf(cluster.scAddress).toString(16).toUpperCase().padStart(4, "0")}`;
    // the kind of timer, 02 for keeping alive, and hundredths of a second until then
    const timers = (): string[] =>
      readFileSync("/proc/net/tcp", "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , remote, state]) => remote?.endsWith(peer) && state === "01")
        .map((fields) => fields[5]!);
    await vi.waitFor(() => expect(timers().map((timer) => timer.slice(0, 2))).toEqual(["02"]), 10_000);
    expect(Number.parseInt(timers()[0]!.slice(3), 16)).toBeLessThanOrEqual(6000);
  });
});

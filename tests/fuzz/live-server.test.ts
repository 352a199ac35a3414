/**
 * 10,000 mutated frames from the recordings of real clients, sent to a live cluster: it neither crashes, hangs nor
 * grows, and a healthy client on another connection keeps being served. SMDK_FUZZ_SEED replays a run.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeResponse, encodeRequest, FrameSplitter, ListApi, type ListRequest } from "@smdk/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordedFrames } from "../../sdk/protocol/test/support/recordings.ts";
import { type ClusterProcess, clusterProcess } from "../support/cluster-process.ts";

const FRAMES = 10_000;
const FRAMES_PER_CONNECTION = 2;
const CONNECTIONS_AT_ONCE = 16;
const seed = Number(process.env.SMDK_FUZZ_SEED ?? 20261123) >>> 0;

let dir: string;
let cluster: ClusterProcess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "smdk-fuzz-"));
  cluster = await clusterProcess({ dir });
});
afterAll(async () => {
  await cluster.close();
  await rm(dir, { recursive: true, force: true });
});

test(`survives ${FRAMES} mutated frames while a healthy client is served`, { timeout: 240_000 }, async () => {
  const requests = recordedFrames().filter((frame) => frame.direction === "request");
  const next = random(seed);
  const healthy = await HealthyClient.open(cluster.scAddress);
  await bombard(requests, next, FRAMES / 10);
  const before = await cluster.memory();

  let running = true;
  const checks = (async () => {
    let answered = 0;
    while (running) {
      await healthy.list();
      answered++;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return answered;
  })();
  await bombard(requests, next, FRAMES);
  running = false;
  const answered = await checks;
  const after = await cluster.memory();
  healthy.close();

  console.log(
    `${FRAMES} mutated frames (seed ${seed}); healthy answers meanwhile: ${answered}; ` +
      `resident memory ${megabytes(before)} before, ${megabytes(after)} after`,
  );
  expect(cluster.alive).toBe(true);
  expect(answered).toBeGreaterThan(0);
  expect(after).toBeLessThan(before + 64 * 1024 * 1024);
});

type Random = (below: number) => number;
type Requests = ReturnType<typeof recordedFrames>;

async function bombard(requests: Requests, next: Random, count: number): Promise<void> {
  let left = Math.ceil(count / FRAMES_PER_CONNECTION);
  const worker = async () => {
    while (left-- > 0) {
      const server = next(2) === 0 ? "SC" : "SPU";
      const pool = requests.filter((frame) => frame.server === server);
      const frames = Array.from({ length: FRAMES_PER_CONNECTION }, () => {
        const { bytes } = pool[next(pool.length)]!;
        return next(8) === 0 ? framed(bytes) : mutated(bytes, next);
      });
      await send(server === "SC" ? cluster.scAddress : cluster.spuAddress, frames);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS_AT_ONCE }, worker));
}

/** Writes the frames on one connection and leaves, whatever the server made of them. */
function send(address: string, frames: Uint8Array[]): Promise<void> {
  return new Promise((resolve) => {
    const socket = open(address);
    socket.on("error", () => undefined).on("close", () => resolve());
    socket.resume();
    for (const frame of frames) socket.write(frame);
    socket.end();
    setTimeout(() => socket.destroy(), 250).unref();
  });
}

function open(address: string): Socket {
  const [host, port] = address.split(":");
  return connect(Number(port), host);
}

function framed(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(bytes.length + 4);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

function mutated(bytes: Uint8Array, next: Random): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  for (let i = 1 + next(3); i > 0; i--) {
    const at = next(copy.length);
    const kind = next(4);
    if (kind === 0) copy[at]! ^= 1 << next(8);
    else if (kind === 1) copy[at] = next(256);
    else if (kind === 2 && at + 4 <= copy.length)
      view.setUint32(at, [0x7fffffff, 0xffffffff, 0x00ffffff, 0][next(4)]!);
    else if (kind === 3 && at + 2 <= copy.length) view.setUint16(at, [0x7fff, 0xffff, 0x8000][next(3)]!);
  }
  const frame = framed(next(6) === 0 ? copy.subarray(0, next(copy.length)) : copy);
  if (next(10) === 0) new DataView(frame.buffer).setUint32(0, next(0xffffffff));
  return frame;
}

/** Mulberry32: small, and the same everywhere for one seed. */
function random(state: number): Random {
  let a = state;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** Lists topics on one connection that stays open, one request at a time. */
class HealthyClient {
  private readonly socket: Socket;
  private readonly splitter = new FrameSplitter();
  private waiting: { resolve: (frame: Uint8Array) => void; reject: (error: Error) => void } | null = null;
  private correlationId = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      for (const frame of this.splitter.push(chunk)) this.waiting?.resolve(frame.slice());
    });
    socket.on("close", () => this.waiting?.reject(new Error("the server closed a healthy connection")));
    socket.on("error", (error) => this.waiting?.reject(error));
  }

  static async open(address: string): Promise<HealthyClient> {
    const socket = open(address);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return new HealthyClient(socket);
  }

  async list(): Promise<void> {
    const version = 19;
    const correlationId = ++this.correlationId;
    const body: ListRequest = { type: "Topic", nameFilters: [], summary: false, system: false };
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    this.socket.write(encodeRequest(ListApi, { version, correlationId, clientId: "healthy", body }));
    const frame = await answer;
    expect(decodeResponse(ListApi, version, frame)).toMatchObject({ correlationId });
  }

  close(): void {
    this.socket.removeAllListeners("close");
    this.socket.destroy();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MB`;
}

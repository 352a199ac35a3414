// Mutated requests of real clients against a running cluster: it must neither fall nor hang, and a healthy client must
// not notice.
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiVersionsApi, decodeResponseBody, encodeRequest } from "@smdk/protocol";
import { type Cluster, startCluster } from "@smdk/server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ReplayConnection } from "./connection.ts";
import { recordedSteps } from "./recordings.ts";

const FRAMES_PER_SERVER = 5000;
/** A healthy request goes out after so many mutated ones. */
const PER_CHECK = 250;
const MAX_FRAME = 20_000;
/** A server answers or closes sooner, unless it has nothing to say to the request. */
const REACTION_MS = 4;

const SCENARIOS = [
  "cli-topic-options",
  "cli-produce-consume",
  "cli-compression-zstd",
  "cli-smartmodule-consume",
  "cli-consumer-offsets",
  "py-admin",
  "npm-produce-consume",
];

let cluster: Cluster;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "smdk-fuzz-"));
  cluster = await startCluster({ dir: directory, topicWaitMs: 100 });
});

afterAll(async () => {
  await cluster.close();
  await rm(directory, { recursive: true, force: true });
});

/** Small, fast and the same everywhere (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** A frame with its length prefix, changed in one of the ways bytes go wrong. */
function mutate(frame: Uint8Array, below: (n: number) => number): Uint8Array {
  let body = Uint8Array.from(frame);
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(body.length);
    switch (below(6)) {
      case 0:
        body[at]! ^= 1 << below(8);
        break;
      case 1:
        body[at] = [0, 1, 0x7f, 0x80, 0xff][below(5)]!;
        break;
      case 2:
        body = body.slice(0, Math.max(1, at));
        break;
      case 3:
        body = Uint8Array.from([...body.subarray(0, at), below(256), ...body.subarray(at)]);
        break;
      case 4:
        body.fill(0xff, at, at + 1 + below(8));
        break;
      default:
        body.copyWithin(at, below(body.length), below(body.length));
    }
  }
  const framed = new Uint8Array(4 + body.length);
  framed.set(body, 4);
  // Now and then the length itself is wrong.
  new DataView(framed.buffer).setInt32(0, below(40) === 0 ? below(0x7fffffff) - below(100) : body.length);
  return framed;
}

/** Sends frames over one connection after the other; a server closes those it cannot make sense of. */
class Attacker {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(address: string) {
    this.#port = Number(address.split(":").at(-1));
  }

  async send(bytes: Uint8Array): Promise<void> {
    if (this.#socket === null || this.#socket.destroyed || !this.#socket.writable) {
      const socket = connect(this.#port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      await new Promise((resolve) => {
        socket.once("connect", resolve);
        socket.once("close", resolve);
      });
      this.#socket = socket;
    }
    const socket = this.#socket;
    socket.write(bytes);
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        socket.off("data", done);
        socket.off("close", done);
        resolve();
      };
      const timer = setTimeout(done, REACTION_MS);
      socket.on("data", done);
      socket.on("close", done);
    });
  }

  /** Begins with a fresh connection: the old one may wait for the rest of a frame that never comes. */
  drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

describe("mutated requests", () => {
  for (const [seed, server] of (["SC", "SPU"] as const).entries()) {
    it(`do no harm to the ${server}`, { timeout: 300_000 }, async () => {
      const below = randomNumbers(seed + 1);
      const frames = SCENARIOS.flatMap(recordedSteps)
        .flatMap(({ connections }) => connections)
        .filter((connection) => connection.server === server)
        .flatMap((connection) => connection.frames)
        .filter(({ direction, bytes }) => direction === "request" && bytes.length <= MAX_FRAME)
        .map(({ bytes }) => bytes);
      expect(frames.length).toBeGreaterThan(10);
      const address = server === "SC" ? cluster.scAddress : cluster.spus[0]!.address;
      const healthy = await ReplayConnection.open(address);
      const attacker = new Attacker(address);
      const unhandled: unknown[] = [];
      const note = (reason: unknown) => unhandled.push(reason);
      process.on("unhandledRejection", note);
      const before = process.memoryUsage().heapUsed;
      try {
        for (let i = 1; i <= FRAMES_PER_SERVER; i++) {
          await attacker.send(mutate(frames[below(frames.length)]!, below));
          if (below(10) === 0) attacker.drop();
          if (i % PER_CHECK === 0) await check(healthy, i);
        }
        attacker.drop();
        await check(healthy, 0);
      } finally {
        process.off("unhandledRejection", note);
        healthy.close();
        attacker.drop();
      }
      expect(unhandled).toEqual([]);
      const grownMb = (process.memoryUsage().heapUsed - before) / 1024 / 1024;
      expect(grownMb).toBeLessThan(150);
    });
  }
});

async function check(connection: ReplayConnection, correlationId: number): Promise<void> {
  const body = { clientVersion: "0.50.1", clientOs: "linux", clientArch: "x86_64" };
  const request = encodeRequest(ApiVersionsApi, { version: 2, correlationId, clientId: "healthy", body });
  connection.send(request.subarray(4));
  const answer = await connection.next(correlationId, "ApiVersions");
  expect(decodeResponseBody(ApiVersionsApi, 2, answer).errorCode).toEqual({ kind: "None" });
}

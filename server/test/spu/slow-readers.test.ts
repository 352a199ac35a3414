// Clients that ask for much and read nothing.
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { encodeRequest, StreamFetchApi } from "@smdk/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Disk, nodeEnv } from "../../src/env/index.ts";
import { Gate } from "../../src/spu/gate.ts";
import { ResponseRoom } from "../../src/spu/response-room.ts";
import { batch, replica, TestSpu, type WireClient } from "./harness.ts";

const MIB = 1024 * 1024;

/** A disk that counts what is read. */
class CountingDisk {
  bytes = 0;
  readonly disk: Disk;

  constructor(disk: Disk) {
    const count = (bytes: number) => {
      this.bytes += bytes;
    };
    this.disk = Object.create(disk, {
      open: {
        value: async (...args: Parameters<Disk["open"]>) => {
          const file = await disk.open(...args);
          return new Proxy(file, {
            get(target, key) {
              const member = Reflect.get(target, key, target);
              if (typeof member !== "function") return member;
              if (key !== "read") return member.bind(target);
              return async (...read: Parameters<typeof file.read>) => {
                const filled = await target.read(...read);
                count(filled);
                return filled;
              };
            },
          });
        },
      },
    }) as Disk;
  }

  /** What is read from now on, until nothing more is. */
  async readAfterwards(): Promise<number> {
    const before = this.bytes;
    for (let last = -1; last !== this.bytes; ) {
      last = this.bytes;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return this.bytes - before;
  }
}

describe("clients that do not read", () => {
  let counting: CountingDisk;
  let test: TestSpu;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    const env = nodeEnv();
    counting = new CountingDisk(env.disk);
    test = await TestSpu.start({ env: { ...env, disk: counting.disk } });
    await test.assign([replica("hello")]);
    const client: WireClient = await test.connect();
    for (let i = 0; i < 4; i++) await client.produce("hello", [batch([randomBytes(MIB).toString("latin1")])]);
    client.close();
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await test.close();
  });

  async function askFor(streams: number): Promise<Socket> {
    const socket = connect(test.spu.address.port, test.spu.address.host);
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.pause();
    const body = { ...StreamFetchApi.request.initial(), topic: "hello", maxBytes: 4 * MIB };
    for (let id = 1; id <= streams; id++) {
      socket.write(encodeRequest(StreamFetchApi, { version: 25, correlationId: id, clientId: "slow", body }));
    }
    return socket;
  }

  it("cost nothing any more once they are gone", async () => {
    const socket = await askFor(200);
    await counting.readAfterwards();
    socket.destroy();
    expect(await counting.readAfterwards()).toBeLessThan(40 * MIB);
  });
});

it("responses become small while many are held", () => {
  const room = new ResponseRoom();
  const wanted = 4 * MIB;
  let held = 0;
  let granted = 0;
  for (let i = 0; i < 10_000; i++) {
    granted = room.take(wanted);
    expect(granted).toBeGreaterThan(0);
    held += granted;
  }
  expect(held).toBeLessThan(1024 * MIB);
  for (let i = 0; i < 64; i++) room.giveBack(wanted);
  for (let i = 0; i < 10_000 - 64; i++) room.giveBack(granted);
  expect(room.take(wanted)).toBe(wanted);
});

it("a gate lets a few in at a time, in their order, also behind one that fails", async () => {
  const gate = new Gate(2);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const results = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) =>
      gate.run(async () => {
        order.push(i);
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 1));
        inside--;
        if (i % 3 === 0) throw new Error("no");
      }),
    ),
  );
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(7);
  expect(order).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(most).toBe(2);
});

import {
  type Api,
  bytes,
  decodeResponse,
  decodeResponseHeader,
  encodeRequest,
  FrameSplitter,
  i32,
  since,
  string,
  struct,
} from "@smdk/protocol";
import * as fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { type Connection, nodeEnv } from "../../src/env/index.ts";
import { type Logger, silentLogger } from "../../src/logger.ts";
import {
  PrebuiltBody,
  type Route,
  route,
  type ServeLimits,
  serve,
  streamRoute,
  type WireServer,
} from "../../src/net/index.ts";

const env = nodeEnv();

interface Text {
  text: string;
  newer: number;
}
const TextMessage = struct("Text", { text: string(), newer: since(5, i32()) });
const BytesMessage = struct("Bytes", { content: bytes() });
const EchoApi: Api<Text, Text> = {
  name: "Echo",
  key: 1,
  minVersion: 0,
  maxVersion: 9,
  request: TextMessage,
  response: TextMessage,
  stream: false,
};
const CountApi: Api<Text, Text> = { ...EchoApi, name: "Count", key: 2, stream: true };
const BlobApi: Api<Text, { content: Uint8Array }> = {
  ...EchoApi,
  name: "Blob",
  key: 3,
  response: BytesMessage,
};
const FailApi: Api<Text, Text> = { ...EchoApi, name: "Fail", key: 4 };
const HoldApi: Api<Text, Text> = { ...EchoApi, name: "Hold", key: 5 };

/** A client that speaks frames and nothing more. */
class Client {
  readonly connection: Connection;
  readonly #splitter = new FrameSplitter();
  readonly #frames: Uint8Array[] = [];
  #wake: () => void = () => {};

  constructor(connection: Connection) {
    this.connection = connection;
    connection.onData((chunk) => {
      this.#frames.push(...this.#splitter.push(chunk));
      this.#wake();
    });
    connection.closed.then(() => this.#wake());
    connection.onEnd(() => connection.end());
  }

  ask(api: Api<Text, unknown>, text: string, correlationId = 1, version = 5): void {
    const body = { text, newer: 7 };
    this.connection.write(encodeRequest(api, { version, correlationId, clientId: "test", body }));
  }

  /** The next response frame; undefined when the server has closed the connection. */
  async frame(): Promise<Uint8Array | undefined> {
    while (this.#frames.length === 0 && !this.connection.isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift();
  }

  async text(version = 5): Promise<[correlationId: number, text: string] | undefined> {
    const frame = await this.frame();
    if (frame === undefined) return undefined;
    const { correlationId, body } = decodeResponse(EchoApi, version, frame);
    return [correlationId, body.text];
  }
}

let server: WireServer | undefined;
let clients: Connection[] = [];
let warnings: string[] = [];

const logger: Logger = {
  ...silentLogger,
  warn: (_fields, message) => warnings.push(message),
  child: () => logger,
};

afterEach(async () => {
  for (const client of clients) client.destroy();
  await server?.close(0);
  server = undefined;
  clients = [];
  warnings = [];
});

async function start(routes: Route[], limits: Partial<ServeLimits> = {}): Promise<void> {
  server = await serve({ env, name: "test", host: "127.0.0.1", port: 0, routes, limits, logger });
}

async function connect(): Promise<Client> {
  const connection = await env.network.connect(server!.address);
  clients.push(connection);
  return new Client(connection);
}

const echo = route(EchoApi, (request) => request);

describe("requests", () => {
  test("one response each, in the version of the request", async () => {
    await start([echo]);
    const client = await connect();
    client.ask(EchoApi, "new", 11, 5);
    client.ask(EchoApi, "old", 12, 4);
    client.ask(EchoApi, "from the future", 13, 1000);
    expect(decodeResponse(EchoApi, 5, (await client.frame())!)).toEqual({
      correlationId: 11,
      body: { text: "new", newer: 7 },
    });
    expect(decodeResponse(EchoApi, 4, (await client.frame())!)).toEqual({
      correlationId: 12,
      body: { text: "old", newer: 0 },
    });
    expect(await client.text(1000)).toEqual([13, "from the future"]);
  });

  test("those of one connection are answered strictly in order, those of others meanwhile", async () => {
    let running = 0;
    let most = 0;
    const slow = route(EchoApi, async (request) => {
      running += 1;
      most = Math.max(most, running);
      await env.clock.sleep(request.text === "slow" ? 30 : 0);
      running -= 1;
      return request;
    });
    await start([slow]);
    const client = await connect();
    client.ask(EchoApi, "slow", 1);
    client.ask(EchoApi, "quick", 2);
    expect([await client.text(), await client.text()]).toEqual([
      [1, "slow"],
      [2, "quick"],
    ]);
    expect(most).toBe(1);
  });

  test("cut anywhere, the stream of requests gives the same responses", async () => {
    await start([echo]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 20 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
        async (texts, cuts) => {
          const client = await connect();
          const all = Buffer.concat(
            texts.map((text, correlationId) =>
              encodeRequest(EchoApi, { version: 5, correlationId, clientId: "c", body: { text, newer: 0 } }),
            ),
          );
          let at = 0;
          for (let turn = 0; at < all.length; turn++) {
            const size = cuts[turn % cuts.length]!;
            client.connection.write(all.subarray(at, at + size));
            at += size;
            await env.clock.nextTurn();
          }
          for (const [correlationId, text] of texts.entries()) {
            expect(await client.text()).toEqual([correlationId, text]);
          }
          client.connection.destroy();
        },
      ),
      { numRuns: 25 },
    );
  });

  test("a prebuilt body arrives as it is", async () => {
    const content = new Uint8Array(3_000_000).map((_, i) => i * 7);
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, content.length);
    await start([
      route(
        BlobApi,
        () => new PrebuiltBody([head, content.subarray(0, 1_000_000), content.subarray(1_000_000)]),
      ),
    ]);
    const client = await connect();
    client.ask(BlobApi, "", 42);
    const { correlationId, body } = decodeResponse(BlobApi, 5, (await client.frame())!);
    expect(correlationId).toBe(42);
    expect(Buffer.compare(body.content, content)).toBe(0);
  });

  test("a client that has sent its last request still gets the answers", async () => {
    await start([
      route(EchoApi, async (request) => {
        await env.clock.sleep(10);
        return request;
      }),
    ]);
    const client = await connect();
    client.ask(EchoApi, "one", 1);
    client.ask(EchoApi, "two", 2);
    client.connection.end();
    expect(await client.text()).toEqual([1, "one"]);
    expect(await client.text()).toEqual([2, "two"]);
    expect(await client.text()).toBeUndefined();
  });
});

describe("streams", () => {
  const count = streamRoute(CountApi, async (request, { send, signal }) => {
    for (let i = 0; i < Number(request.text) && !signal.aborted; i++) {
      await send({ text: `${i}`, newer: 0 });
      await env.clock.nextTurn();
    }
  });

  test("run beside the requests of their connection", async () => {
    const held = new Promise<void>((resolve) => env.clock.setTimeout(resolve, 100));
    await start([
      echo,
      streamRoute(CountApi, async (_request, { send }) => {
        await held;
        await send({ text: "late", newer: 0 });
      }),
    ]);
    const client = await connect();
    client.ask(CountApi, "1", 1);
    client.ask(EchoApi, "in between", 2);
    expect(await client.text()).toEqual([2, "in between"]);
    expect(await client.text()).toEqual([1, "late"]);
  });

  test("several share a connection, each in its order", async () => {
    await start([count]);
    const client = await connect();
    for (const id of [1, 2, 3]) client.ask(CountApi, "20", id);
    const seen = new Map<number, string[]>([
      [1, []],
      [2, []],
      [3, []],
    ]);
    for (let i = 0; i < 60; i++) {
      const [id, text] = (await client.text())!;
      seen.get(id)!.push(text);
    }
    const expected = Array.from({ length: 20 }, (_, i) => `${i}`);
    expect([...seen.values()]).toEqual([expected, expected, expected]);
  });

  test("learn that the client has gone", async () => {
    let ended: (reason: string) => void = () => {};
    const end = new Promise<string>((resolve) => {
      ended = resolve;
    });
    await start([
      streamRoute(CountApi, async (_request, { send, signal }) => {
        await send({ text: "hello", newer: 0 });
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        ended("aborted");
      }),
    ]);
    const client = await connect();
    client.ask(CountApi, "", 1);
    await client.text();
    client.connection.end();
    expect(await end).toBe("aborted");
    await client.connection.closed;
    expect(warnings).toEqual([]);
  });

  test("wait for a reader that does not read, and hold little meanwhile", async () => {
    const block = new PrebuiltBody([new Uint8Array(4), new Uint8Array(1_000_000)]);
    let sent = 0;
    await start([
      streamRoute({ ...BlobApi, key: 2 }, async (_request, { send, signal }) => {
        while (sent < 300 && !signal.aborted) {
          await send(block);
          sent += 1;
        }
      }),
    ]);
    const connection = await env.network.connect(server!.address);
    clients.push(connection);
    connection.write(
      encodeRequest(CountApi, { version: 5, correlationId: 1, clientId: "c", body: { text: "", newer: 0 } }),
    );
    // The kernel's buffers take some, then the stream stands still.
    let before = -1;
    while (sent === 0 || sent !== before) {
      before = sent;
      await env.clock.sleep(100);
    }
    expect(sent).toBeLessThan(100);
    let received = 0;
    connection.onData((chunk) => {
      received += chunk.length;
    });
    while (received < 300 * 1_000_012) await env.clock.sleep(5);
    expect(sent).toBe(300);
  });
});

describe("what ends a connection, and only that one", () => {
  async function expectClosed(send: (client: Client) => void, warning: RegExp): Promise<void> {
    const bystander = await connect();
    const client = await connect();
    send(client);
    expect(await client.frame()).toBeUndefined();
    expect(warnings.join()).toMatch(warning);
    bystander.ask(EchoApi, "still here", 1);
    expect(await bystander.text()).toEqual([1, "still here"]);
  }

  test("an unknown API key", async () => {
    await start([echo]);
    await expectClosed((client) => client.ask({ ...EchoApi, key: 999 }, ""), /unknown API key 999/);
  });

  test("a body that cannot be decoded", async () => {
    await start([echo]);
    const frame = encodeRequest(EchoApi, {
      version: 5,
      correlationId: 1,
      clientId: "c",
      body: { text: "hello", newer: 1 },
    });
    frame[3]! -= 5;
    await expectClosed((client) => client.connection.write(frame.subarray(0, -5)), /cannot be decoded/);
  });

  test("a handler that throws", async () => {
    await start([
      echo,
      route(FailApi, () => {
        throw new Error("no luck");
      }),
    ]);
    await expectClosed((client) => client.ask(FailApi, ""), /no luck/);
  });

  test("a stream that throws", async () => {
    await start([
      echo,
      streamRoute(CountApi, async () => {
        throw new Error("no luck");
      }),
    ]);
    await expectClosed((client) => client.ask(CountApi, ""), /no luck/);
  });

  test("a frame above the limit, announced or negative", async () => {
    await start([echo], { maxFrameBytes: 1000 });
    await expectClosed(
      (client) => client.connection.write(new Uint8Array([0, 0, 4, 0])),
      /frame of 1024 bytes/,
    );
    await expectClosed((client) => client.connection.write(new Uint8Array([255, 0, 0, 0])), /negative/);
  });

  test("more streams than allowed", async () => {
    await start(
      [
        echo,
        streamRoute(
          CountApi,
          (_request, { signal }) =>
            new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
        ),
      ],
      { maxStreams: 3 },
    );
    await expectClosed((client) => {
      for (let i = 0; i < 4; i++) client.ask(CountApi, "", i);
    }, /more than 3 streams/);
  });

  test("a first request that does not come, or drips", async () => {
    await start([echo], { firstRequestMs: 50, requestReadMs: 60_000 });
    const silent = await connect();
    const dripping = await connect();
    const frame = encodeRequest(EchoApi, {
      version: 5,
      correlationId: 1,
      clientId: "c",
      body: { text: "x".repeat(10_000), newer: 1 },
    });
    let at = 0;
    const drip = () => {
      if (dripping.connection.isClosed) return;
      dripping.connection.write(frame.subarray(at, at + 1));
      at += 1;
      env.clock.setTimeout(drip, 5);
    };
    drip();
    expect(await silent.frame()).toBeUndefined();
    expect(await dripping.frame()).toBeUndefined();
    expect(warnings.filter((text) => text.includes("first request did not arrive"))).toHaveLength(2);
  });

  test("a later request that stops half way; silence between requests is fine", async () => {
    await start([echo], { firstRequestMs: 60_000, requestReadMs: 50 });
    const quiet = await connect();
    quiet.ask(EchoApi, "one", 1);
    await quiet.text();
    const half = await connect();
    half.ask(EchoApi, "one", 1);
    await half.text();
    half.connection.write(new Uint8Array([0, 0, 0, 9, 1]));
    expect(await half.frame()).toBeUndefined();
    await env.clock.sleep(100);
    quiet.ask(EchoApi, "two", 2);
    expect(await quiet.text()).toEqual([2, "two"]);
  });

  test("more connections than allowed are not taken; a place that becomes free is", async () => {
    await start([echo], { maxConnections: 2 });
    const first = await connect();
    const second = await connect();
    for (const client of [first, second]) {
      client.ask(EchoApi, "in", 1);
      expect(await client.text()).toEqual([1, "in"]);
    }
    const third = await connect();
    third.ask(EchoApi, "out", 1);
    expect(await third.text()).toBeUndefined();
    first.connection.destroy();
    while (server!.connections > 1) await env.clock.sleep(1);
    const fourth = await connect();
    fourth.ask(EchoApi, "in", 1);
    expect(await fourth.text()).toEqual([1, "in"]);
  });

  test("requests that together hold more than the server has for them", async () => {
    await start([echo], { maxTotalBytes: 100_000 });
    const client = await connect();
    client.connection.write(new Uint8Array([0, 15, 0, 0]));
    client.connection.write(new Uint8Array(200_000));
    expect(await client.frame()).toBeUndefined();
    expect(warnings.join()).toMatch(/too many bytes/);
  });
});

test("a flood of requests waits in the socket while one is answered, and all are answered", async () => {
  let release: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await start(
    [
      route(HoldApi, async (request) => {
        await gate;
        return request;
      }),
    ],
    { maxQueuedRequests: 4, maxQueuedBytes: 100_000 },
  );
  const client = await connect();
  const text = "x".repeat(20_000);
  for (let i = 0; i < 1000; i++) client.ask(HoldApi, text, i);
  let before = -1;
  while (client.connection.bufferedBytes !== before) {
    before = client.connection.bufferedBytes;
    await env.clock.sleep(50);
  }
  expect(client.connection.bufferedBytes).toBeGreaterThan(1_000_000);
  release();
  for (let i = 0; i < 1000; i++) {
    expect(decodeResponseHeader((await client.frame())!).correlationId).toBe(i);
  }
});

test("garbage never harms the server", async () => {
  await start([echo], { maxFrameBytes: 10_000 });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        // A right length in front, so that the header decoder sees the rest.
        fc.uint8Array({ maxLength: 200 }).map((rest) => Uint8Array.from([0, 0, 0, rest.length, ...rest])),
        // A right header too, so that the body decoder does.
        fc
          .uint8Array({ maxLength: 200 })
          .map((rest) => Uint8Array.from([0, 0, 0, rest.length + 10, 0, 1, 0, 5, 0, 0, 0, 1, 0, 0, ...rest])),
      ),
      async (garbage) => {
        const client = await connect();
        client.connection.write(garbage);
        client.connection.end();
        while ((await client.frame()) !== undefined);
        await client.connection.closed;
      },
    ),
    { numRuns: 150 },
  );
  const client = await connect();
  client.ask(EchoApi, "fine", 1);
  expect(await client.text()).toEqual([1, "fine"]);
});

describe("stopping", () => {
  test("a request in progress is finished, streams are ended, and nothing new is taken", async () => {
    let started: () => void = () => {};
    const inProgress = new Promise<void>((resolve) => {
      started = resolve;
    });
    await start([
      route(HoldApi, async (request) => {
        started();
        await env.clock.sleep(50);
        return request;
      }),
      streamRoute(
        CountApi,
        (_request, { signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      ),
    ]);
    const client = await connect();
    const watcher = await connect();
    watcher.ask(CountApi, "", 1);
    client.ask(HoldApi, "done", 1);
    await inProgress;
    const { address } = server!;
    const closing = server!.close(5000);
    expect(await client.text()).toEqual([1, "done"]);
    expect(await watcher.text()).toBeUndefined();
    await closing;
    await expect(env.network.connect(address)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await server!.close();
  });

  test("a request that never ends does not hold it up", async () => {
    await start([route(HoldApi, () => new Promise<Text>(() => {}))]);
    const client = await connect();
    client.ask(HoldApi, "", 1);
    await env.clock.sleep(20);
    await server!.close(10);
    expect(await client.text()).toBeUndefined();
  });

  test("two routes with one key are a mistake", async () => {
    await expect(start([echo, route({ ...FailApi, key: 1 }, (request) => request)])).rejects.toMatchObject({
      code: "SMDK_ROUTE_TWICE",
    });
  });
});

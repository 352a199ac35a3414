import { CreateApi, encodeRequest, ListApi, WatchApi } from "@smdk/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { testCluster, testWire, topicSpec, Wire } from "./wire.ts";

/** A frame with its length in front. */
function framed(body: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length);
  frame.set(body, 4);
  return frame;
}

const requests = [
  encodeRequest(CreateApi, {
    version: 19,
    correlationId: 1,
    clientId: "x",
    body: { type: "Topic", name: "hostile", dryRun: true, timeout: null, spec: topicSpec(3) },
  }),
  encodeRequest(ListApi, {
    version: 19,
    correlationId: 2,
    clientId: "x",
    body: { type: "SmartModule", nameFilters: ["a", "b"], summary: true, system: false },
  }),
  encodeRequest(WatchApi, {
    version: 19,
    correlationId: 3,
    clientId: "x",
    body: { type: "Partition", epoch: 0n, summary: false },
  }),
];

it("goes on serving others whatever a client sends", async () => {
  const cluster = await testCluster({ limits: { firstRequestMs: 500, requestReadMs: 500 } });
  const good = await testWire(cluster);
  await good.createTopic("good");

  const mutated = fc
    .record({
      request: fc.constantFrom(...requests),
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      cut: fc.option(fc.nat()),
    })
    .map(({ request, at, byte, cut }) => {
      const body = request.slice(4);
      body[at % body.length] = byte;
      return framed(cut === null ? body : body.subarray(0, cut % body.length));
    });
  const noise = fc.uint8Array({ maxLength: 200 }).map(framed);
  const raw = fc.uint8Array({ minLength: 1, maxLength: 200 });

  await fc.assert(
    fc.asyncProperty(fc.oneof(mutated, noise, raw), async (bytes) => {
      const wire = await Wire.connect(cluster.scAddress);
      wire.write(bytes);
      // A well-formed request behind it shows that the bytes before have been looked at.
      wire.write(requests[1]!);
      await Promise.race([wire.closed, wire.frame(2).catch(() => {})]);
      wire.close();
      expect((await good.list("Topic")).objects.map(({ name }) => name)).toContain("good");
    }),
    { numRuns: 300 },
  );
});

it("does not believe lengths", async () => {
  const cluster = await testCluster();
  const good = await testWire(cluster);
  for (const prefix of [0x7fff_ffff, 0xffff_ffff, 0x8000_0000]) {
    const wire = await Wire.connect(cluster.scAddress);
    const bytes = new Uint8Array(64);
    new DataView(bytes.buffer).setUint32(0, prefix);
    wire.write(bytes);
    await wire.closed;
  }
  // A list of two billion filters in a frame of a few bytes: the count is 12 bytes before the end.
  const wire = await Wire.connect(cluster.scAddress);
  const body = requests[1]!.slice(4);
  body.set([0x7f, 0xff, 0xff, 0xff], body.length - 12);
  wire.write(framed(body));
  await wire.closed;
  expect((await good.list("Topic")).objects).toEqual([]);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ApiVersionsApi,
  decodeRequest,
  decodeRequestHeader,
  decodeResponse,
  encodeRequest,
  encodeRequestParts,
  encodeResponse,
  encodeResponseParts,
  FrameError,
  FrameMemory,
  FrameSplitter,
  ListApi,
  ProduceApi,
  StreamFetchApi,
} from "../src/index.ts";
import { hex, unhex } from "./support/hex.ts";

function framed(payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(4 + payload.length);
  new DataView(frame.buffer).setUint32(0, payload.length);
  frame.set(payload, 4);
  return frame;
}

describe("FrameSplitter", () => {
  test("gives the same frames however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 40 }),
        (payloads, cuts) => {
          const stream = Buffer.concat(payloads.map(framed));
          const splitter = new FrameSplitter();
          const frames: Uint8Array[] = [];
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = i < 200 ? cuts[i % cuts.length]! : stream.length;
            frames.push(...splitter.push(new Uint8Array(stream.subarray(at, at + size))));
            at += size;
          }
          expect(frames.map(hex)).toEqual(payloads.map(hex));
          expect(splitter.pending).toBe(0);
        },
      ),
    );
  });

  test("a frame inside one chunk is a view, and what is unfinished is reported", () => {
    const chunk = new Uint8Array([0, 0, 0, 2, 7, 8, 0, 0, 0]);
    const splitter = new FrameSplitter();
    const [frame] = splitter.push(chunk);
    expect(frame!.buffer).toBe(chunk.buffer);
    expect(splitter.pending).toBe(3);
    expect(splitter.push(new Uint8Array([0]))).toEqual([new Uint8Array(0)]);
    expect(splitter.pending).toBe(0);
  });

  test("released frames lend their memory to later ones, others keep theirs", () => {
    const memory = new FrameMemory(200_000);
    const splitters = [new FrameSplitter(undefined, memory), new FrameSplitter(undefined, memory)];
    const receive = (splitter: number, fill: number, length: number): Uint8Array => {
      const stream = framed(new Uint8Array(length).fill(fill));
      const frames: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += 30_000)
        frames.push(...splitters[splitter]!.push(stream.slice(at, at + 30_000)));
      expect(frames.map((frame) => frame.length)).toEqual([length]);
      expect(frames[0]!.every((byte) => byte === fill)).toBe(true);
      return frames[0]!;
    };
    const first = receive(0, 1, 100_000);
    const kept = receive(0, 2, 100_000);
    memory.release(first);
    memory.release(first);
    const second = receive(1, 3, 90_000);
    expect(second.buffer).toBe(first.buffer);
    expect(receive(1, 4, 90_000).buffer).not.toBe(first.buffer);
    expect(kept.every((byte) => byte === 2)).toBe(true);
    // views into a chunk are somebody else's memory
    const chunk = framed(new Uint8Array(80_000));
    memory.release(splitters[0]!.push(chunk)[0]!);
    expect(receive(0, 5, 70_000).buffer).not.toBe(chunk.buffer);
    // no more than it was allowed is kept
    for (const frame of [kept, second, receive(0, 6, 100_000)]) memory.release(frame);
    const again = [receive(0, 7, 80_000), receive(0, 8, 80_000), receive(0, 9, 80_000)];
    expect(
      again.filter(({ buffer }) => buffer === kept.buffer || buffer === second.buffer).length,
    ).toBeLessThan(3);
  });

  test("a length beyond the limit is refused at once and for good", () => {
    const splitter = new FrameSplitter(10);
    expect(splitter.push(framed(new Uint8Array(10)))).toHaveLength(1);
    expect(() => splitter.push(unhex("00 00 00 0b"))).toThrow(FrameError);
    expect(() => splitter.push(unhex("00 00 00 01 00"))).toThrow(/11 bytes, at most 10/);
    expect(() => new FrameSplitter().push(unhex("ff ff ff ff 00"))).toThrow(/negative length -1/);
    const bytewise = new FrameSplitter(10);
    bytewise.push(unhex("7f"));
    bytewise.push(unhex("ff ff"));
    expect(() => bytewise.push(unhex("ff"))).toThrow(FrameError);
  });

  test("an announced length costs nothing before it arrives", () => {
    const splitter = new FrameSplitter(2 ** 31 - 1);
    expect(splitter.push(unhex("7f ff ff ff 01 02"))).toEqual([]);
    expect(splitter.pending).toBe(6);
  });
});

test("a request cannot unfold into more elements than a server can hold", () => {
  // below version 0 a topic has no bytes at all, so a count alone would make millions of objects
  const head = unhex("00 00 | ff ff | 00 00 00 01 | 00 00 | 00 00 01 00 00 00 00");
  const frame = new Uint8Array(4 * 1024 * 1024);
  frame.set(head);
  new DataView(frame.buffer).setUint32(head.length, 3_000_000);
  expect(() => decodeRequest(ProduceApi, frame)).toThrow(
    "ProduceRequest.topics: more than 262144 elements at byte 17",
  );
  new DataView(frame.buffer).setUint32(head.length, 200_000);
  expect(decodeRequest(ProduceApi, frame).body.topics).toHaveLength(200_000);
});

describe("requests and responses", () => {
  const request =
    "00 00 00 27 | 00 12 | 00 02 | 00 00 00 01 | 00 06 66 6c 75 76 69 6f | 00 06 30 2e 35 30 2e 31 | 00 05 6c 69 6e 75 78 | 00 06 78 38 36 5f 36 34";
  const body = { clientVersion: "0.50.1", clientOs: "linux", clientArch: "x86_64" };

  test("the handshake has the documented bytes", () => {
    const encoded = encodeRequest(ApiVersionsApi, { version: 2, correlationId: 1, clientId: "fluvio", body });
    expect(encoded).toEqual(unhex(request));
    const frame = new FrameSplitter().push(unhex(request))[0]!;
    expect(decodeRequestHeader(frame)).toEqual({
      apiKey: 18,
      apiVersion: 2,
      correlationId: 1,
      clientId: "fluvio",
      bodyOffset: 16,
    });
    expect(decodeRequest(ApiVersionsApi, frame).body).toEqual(body);
  });

  test("errors count from the start of the frame and name the place", () => {
    const frame = unhex(request).subarray(4, 30);
    expect(() => decodeRequest(ApiVersionsApi, frame)).toThrow(
      "ApiVersionsRequest.clientOs: needs 5 bytes, 0 left at byte 26",
    );
    expect(() => decodeRequestHeader(unhex("00 12 00"))).toThrow(
      "RequestHeader: needs 2 bytes, 1 left at byte 2",
    );
    expect(() => decodeResponse(ApiVersionsApi, 2, unhex("00"))).toThrow(/ResponseHeader/);
  });

  test("records of a response are a view into the frame", () => {
    const partition = {
      partitionIndex: 0,
      errorCode: { kind: "None" as const },
      highWatermark: 2n,
      nextFilterOffset: 0n,
      logStartOffset: 0n,
      aborted: null,
      records: new Uint8Array([1, 2, 3]),
    };
    const encoded = encodeResponse(StreamFetchApi, 25, 3, { topic: "hello", streamId: 1, partition });
    const frame = encoded.subarray(4);
    const decoded = decodeResponse(StreamFetchApi, 25, frame);
    expect(decoded).toEqual({ correlationId: 3, body: { topic: "hello", streamId: 1, partition } });
    expect(decoded.body.partition.records.buffer).toBe(frame.buffer);
  });

  test("long byte fields can be sent without a copy", () => {
    const records = new Uint8Array(5000).fill(7);
    const body = {
      transactionalId: null,
      isolation: "ReadUncommitted" as const,
      timeout: 1500,
      topics: [{ name: "t", partitions: [0, 1].map((partitionIndex) => ({ partitionIndex, records })) }],
      smartmodules: [],
    };
    const request = { version: 25, correlationId: 1, clientId: "c", body };
    const parts = encodeRequestParts(ProduceApi, request);
    expect(parts.filter((part) => part.buffer === records.buffer)).toHaveLength(2);
    expect(Buffer.concat(parts).equals(encodeRequest(ProduceApi, request))).toBe(true);

    const spec = {
      meta: null,
      summary: null,
      wasm: { format: "Binary" as const, payload: records },
    };
    const listed = { type: "SmartModule" as const, objects: [{ name: "m", spec, status: {} }] };
    const pieces = encodeResponseParts(ListApi, 19, 1, listed);
    expect(pieces).toHaveLength(2);
    expect(Buffer.concat(pieces).equals(encodeResponse(ListApi, 19, 1, listed))).toBe(true);
  });

  test("a text that no peer could read back is refused instead of sent", () => {
    const long = { version: 2, correlationId: 1, clientId: "x".repeat(40_000), body };
    expect(() => encodeRequest(ApiVersionsApi, long)).toThrow(
      expect.objectContaining({ code: "SMDK_ENCODE" }),
    );
  });
});
